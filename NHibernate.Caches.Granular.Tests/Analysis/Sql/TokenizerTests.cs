using NHibernate.Caches.Granular.Analysis.Sql;

namespace NHibernate.Caches.Granular.Tests.Analysis.Sql;

internal sealed class TokenizerTests
{
    [TestCase("select Title", "select|title")]
    [TestCase("\"Title\" \"a\"\"b\"", "Title|a\"b")]
    [TestCase("[Order Details].[a]]b]", "Order Details|.|a]b")]
    [TestCase("`a``b`", "a`b")]
    [TestCase("tags[1]", "tags|[|1|]")]
    [TestCase("array[1, 2]", "array|[|1|,|2|]")]
    [TestCase("'it''s'", "it's")]
    [TestCase("E'it\\'s'", "it's")]
    [TestCase("$$a'b$$ $x$a$$b$x$", "a'b|a$$b")]
    [TestCase("a::text", "a|::|text")]
    [TestCase("a=:p0", "a|=|:p0")]
    [TestCase("a=@p0", "a|=|@p0")]
    [TestCase("a<@p0", "a|<|@p0")]
    [TestCase("a=?", "a|=|")]
    [TestCase("a=-1", "a|=|-|1")]
    [TestCase("a>=-1", "a|>=|-|1")]
    [TestCase("a @> b", "a|@>|b")]
    [TestCase("a @- b", "a|@-|b")]
    [TestCase("a ->> 'b'", "a|->>|b")]
    [TestCase("a*/* b */c", "a|*|c")]
    [TestCase("a /* x /* y */ z */ b", "a|b")]
    [TestCase("a -- b\nc", "a|c")]
    [TestCase("a --", "a")]
    [TestCase("$1 $23", "$1|$23")]
    [TestCase(":shown.value", ":shown.value")]
    [TestCase("a[1:2]", "a|[|1|:|2|]")]
    [TestCase("1 1.5 .5 1e10 1.5E-3 0x1F 1_000", "1|1.5|.5|1e10|1.5E-3|0x1F|1_000")]
    [TestCase("1..2", "1|.|.2")]
    [TestCase("1or", "1|or")]
    [TestCase("Ünïcode", "Ünïcode")]
    [TestCase("a$b", "a$b")]
    public void Text_is_cut_where_the_database_cuts_it(string sql, string expected) =>
        Assert.That(string.Join('|', Tokenizer.Tokenize(sql)[..^1].Select(token => token.Text)), Is.EqualTo(expected));

    [TestCase("'open", TestName = "Open string is refused")]
    [TestCase("\"open", TestName = "Open name is refused")]
    [TestCase("/* open", TestName = "Open comment is refused")]
    [TestCase("/* a /* b */", TestName = "Open nested comment is refused")]
    [TestCase("$x$ open $y$", TestName = "Open dollar string is refused")]
    [TestCase("'a\\' or b = 'c'", TestName = "Backslash before a quote is refused, for it ends the string or not as the session is set")]
    [TestCase("5--3", TestName = "Dashes that MySQL subtracts are refused")]
    [TestCase("/*! a */", TestName = "Comment that MySQL executes is refused")]
    [TestCase("U&'\\0041'", TestName = "Unicode escape is refused")]
    [TestCase("a \\ b", TestName = "Stray backslash is refused")]
    public void Doubt_is_refused(string sql) => Assert.That(() => Tokenizer.Tokenize(sql), Throws.TypeOf<SqlSyntaxException>());

    [TestCase("'a'", true)]
    [TestCase("N'a'", true)]
    [TestCase("E'a'", true)]
    [TestCase("E'a\\n'", false)]
    [TestCase("'a\\n'", false)]
    [TestCase("B'01'", false)]
    [TestCase("X'1F'", false)]
    public void String_is_plain_only_if_its_content_is_certain(string sql, bool isPlain) =>
        Assert.That(Tokenizer.Tokenize(sql)[0].IsPlain, Is.EqualTo(isPlain));
}
