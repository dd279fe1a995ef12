using System.Data;
using NHibernate.Caches.Granular.Stamps;
using NHibernate.Caches.Granular.Values;
using Npgsql;

namespace NHibernate.Caches.Granular.Tests.Values;

public sealed class ValueFormTests
{
    private enum Colour : short
    {
        Red = 1,
        Green = 2,
    }

    private static readonly object[] s_ones = [1, 1L, (short)1, (byte)1, (sbyte)1, 1u, 1ul, (ushort)1, Colour.Red, 1m, 1.00m, 1d, 1f];

    [TestCaseSource(nameof(s_ones))]
    public void Integers_of_any_width_and_whole_numbers_are_one_value(object one) =>
        Assert.That(IntegerForm.Int32.Convert(one), Is.EqualTo(ColumnValue.Integer(1)));

    private static readonly object[] s_noIntegers =
        [1.5m, 0.1, float.NaN, double.PositiveInfinity, true, 'a', "1", new DateTime(2020, 1, 1), Guid.Empty, new byte[] { 1 }, 9007199254740992d, 1e300, decimal.MaxValue, ulong.MaxValue];

    [TestCaseSource(nameof(s_noIntegers))]
    public void What_is_no_exact_integer_has_no_form_in_an_integer_column(object value) => Assert.That(IntegerForm.Int64.Convert(value), Is.Null);

    [Test]
    public void An_integer_outside_the_range_of_the_column_has_no_form()
    {
        Assert.That(IntegerForm.Int16.Convert(32768), Is.Null);
        Assert.That(IntegerForm.Int16.Convert(-32768), Is.EqualTo(ColumnValue.Integer(-32768)));
        Assert.That(IntegerForm.Int32.ConvertLiteral("2147483648"), Is.Null);
        Assert.That(IntegerForm.Oid.Convert(-1), Is.Null);
        Assert.That(IntegerForm.Oid.Convert(uint.MaxValue), Is.EqualTo(ColumnValue.Integer(uint.MaxValue)));
        Assert.That(IntegerForm.Int64.ConvertLiteral("9223372036854775808"), Is.Null);
    }

    [Test]
    public void Neighbours_beyond_the_precision_of_a_double_are_told_apart() =>
        Assert.That(IntegerForm.Int64.Convert((1L << 53) + 1), Is.Not.EqualTo(IntegerForm.Int64.Convert(1L << 53)).And.Not.Null);

    [TestCase("0")]
    [TestCase("-7")]
    [TestCase("42")]
    public void A_canonical_decimal_literal_is_the_integer(string text) =>
        Assert.That(IntegerForm.Int32.ConvertLiteral(text), Is.EqualTo(ColumnValue.Integer(int.Parse(text, CultureInfo.InvariantCulture))));

    [TestCase("")]
    [TestCase("-0")]
    [TestCase("007")]
    [TestCase("+1")]
    [TestCase(" 1")]
    [TestCase("1 ")]
    [TestCase("1.0")]
    [TestCase("1e0")]
    [TestCase("0x1")]
    [TestCase("1_000")]
    [TestCase("1\u0660")]
    public void Any_other_spelling_of_an_integer_has_no_form(string text) => Assert.That(IntegerForm.Int32.ConvertLiteral(text), Is.Null);

    [Test]
    public void Booleans_are_booleans_and_their_literals()
    {
        var form = BooleanForm.Instance;
        Assert.That(new[] { form.Convert(true), form.ConvertLiteral("TRUE"), form.ConvertLiteral("t"), form.ConvertLiteral("1") }, Is.All.EqualTo(ColumnValue.Boolean(true)));
        Assert.That(new[] { form.Convert(false), form.ConvertLiteral("false"), form.ConvertLiteral("F"), form.ConvertLiteral("0") }, Is.All.EqualTo(ColumnValue.Boolean(false)));
        Assert.That(new[] { form.Convert(1), form.Convert("true"), form.ConvertLiteral("yes"), form.ConvertLiteral(" t") }, Is.All.Null);
    }

    [Test]
    public void A_guid_is_the_same_with_and_without_hyphens_in_either_case()
    {
        var guid = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");
        var form = UuidForm.Instance;
        Assert.That(
            new[] { form.Convert(guid), form.Convert(guid.ToString("N")), form.ConvertLiteral(guid.ToString("D").ToUpperInvariant()) },
            Is.All.EqualTo(ColumnValue.Uuid(guid)));
        Assert.That(new[] { form.ConvertLiteral(guid.ToString("B")), form.ConvertLiteral("x"), form.Convert(guid.ToByteArray()) }, Is.All.Null);
    }

    [Test]
    public void A_date_is_a_date_or_a_midnight_without_zone()
    {
        var date = ColumnValue.Date(new DateOnly(2020, 2, 29));
        var form = DateForm.Instance;
        Assert.That(form.Convert(new DateOnly(2020, 2, 29)), Is.EqualTo(date));
        Assert.That(form.Convert(new DateTime(2020, 2, 29, 0, 0, 0, DateTimeKind.Unspecified)), Is.EqualTo(date));
        Assert.That(form.ConvertLiteral("2020-02-29"), Is.EqualTo(date));
        Assert.That(form.Convert(new DateTime(2020, 2, 29, 0, 0, 0, DateTimeKind.Utc)), Is.Null, "sent with a zone");
        Assert.That(form.Convert(new DateTime(2020, 2, 29, 0, 0, 1)), Is.Null);
        Assert.That(form.Convert(new DateTimeOffset(2020, 2, 29, 0, 0, 0, TimeSpan.Zero)), Is.Null);
        Assert.That(form.Convert(DateOnly.MinValue), Is.Null, "sent as -infinity");
        Assert.That(form.Convert(DateOnly.MaxValue), Is.Null, "sent as infinity");
    }

    [TestCase("2020-2-29")]
    [TestCase("2021-02-29")]
    [TestCase("29.02.2020")]
    [TestCase("0020-01-01")]
    [TestCase("2020-02-29 00:00")]
    [TestCase("infinity")]
    [TestCase("today")]
    public void Any_other_spelling_of_a_date_has_no_form(string text) => Assert.That(DateForm.Instance.ConvertLiteral(text), Is.Null);

    [Test]
    public void Text_is_neither_folded_nor_trimmed_nor_normalized()
    {
        var form = new TextForm();
        string[] texts = ["a", "A", " a", "\ta", "", "\u00e9", "e\u0301", "null", "\U0001F600"];
        Assert.That(texts.Select(form.Convert), Is.Unique.And.None.Null);
        Assert.That(form.Convert('a'), Is.EqualTo(form.Convert("a")));
        Assert.That(form.ConvertLiteral("a "), Is.EqualTo(ColumnValue.Text("a ")));
        Assert.That(new[] { form.Convert("a "), form.Convert(' ') }, Is.All.Null, "may be declared as char(n) and arrive without the blank");
        Assert.That(new[] { form.Convert(1), form.Convert(true), form.Convert(Guid.Empty), form.Convert(Colour.Red) }, Is.All.Null);
    }

    // No attribute can hold half a surrogate pair.
    private static readonly string[] s_impossible = ["a\0b", "\ud83d", "\ude00\ud83d"];

    [TestCaseSource(nameof(s_impossible))]
    public void Text_that_the_database_cannot_hold_as_it_is_has_no_form(string text)
    {
        Assert.That(new TextForm().Convert(text), Is.Null);
        Assert.That(new BlankPaddedTextForm(9).Convert(text), Is.Null);
    }

    [Test]
    public void Length_is_counted_in_characters_as_the_database_counts()
    {
        var form = new TextForm(2);
        Assert.That(form.Convert("\U0001F600\U0001F600"), Is.Not.Null);
        Assert.That(form.Convert("abc"), Is.Null);
        Assert.That(form.Convert("ab "), Is.Null, "would lose its last blank");
    }

    [Test]
    public void Only_ASCII_is_known_to_arrive_in_a_database_of_another_encoding()
    {
        Assert.That(new TextForm(null, asciiOnly: true).Convert("abc"), Is.EqualTo(ColumnValue.Text("abc")));
        Assert.That(new TextForm(null, asciiOnly: true).Convert("\u00e9"), Is.Null);
        Assert.That(new BlankPaddedTextForm(3, asciiOnly: true).Convert("\u00e9"), Is.Null);
    }

    [Test]
    public void Trailing_blanks_do_not_count_in_a_padded_column_and_only_blanks_do_not()
    {
        var form = new BlankPaddedTextForm(3);
        Assert.That(new[] { form.Convert("a"), form.Convert("a "), form.Convert("a     "), form.ConvertLiteral("a  "), form.Convert('a') }, Is.All.EqualTo(ColumnValue.Text("a")));
        Assert.That(form.Convert("a\t"), Is.EqualTo(ColumnValue.Text("a\t")));
        Assert.That(form.Convert(" a"), Is.EqualTo(ColumnValue.Text(" a")));
        Assert.That(form.Convert("abcd"), Is.Null);
    }

    [Test]
    public void Padded_text_without_a_length_keeps_its_blanks_so_they_have_no_form()
    {
        var form = new BlankPaddedTextForm(null);
        Assert.That(form.Convert("a"), Is.EqualTo(ColumnValue.Text("a")));
        Assert.That(form.Convert("a "), Is.Null);
    }

    [Test]
    public void Null_is_null_in_every_form_and_not_the_text_null()
    {
        ValueForm[] forms = [ValueForm.None, IntegerForm.Int32, BooleanForm.Instance, UuidForm.Instance, DateForm.Instance, new TextForm(), new BlankPaddedTextForm(4)];
        Assert.That(forms.Select(f => f.Convert((object?)null)), Is.All.EqualTo(ColumnValue.Null));
        Assert.That(forms.Select(f => f.Convert(DBNull.Value)), Is.All.EqualTo(ColumnValue.Null));
        Assert.That(new TextForm().Convert("null"), Is.Not.EqualTo(ColumnValue.Null));
        Assert.That(ValueForm.None.Convert(1), Is.Null);
        Assert.That(ValueForm.None.ConvertLiteral("1"), Is.Null);
    }

    [Test]
    public void A_parameter_declared_as_a_date_is_cut_to_its_day_whatever_its_kind()
    {
        var parameter = new NpgsqlParameter { DbType = DbType.Date, Value = new DateTime(2020, 2, 29, 13, 0, 0, DateTimeKind.Utc) };
        Assert.That(DateForm.Instance.Convert(parameter), Is.EqualTo(ColumnValue.Date(new DateOnly(2020, 2, 29))));
    }

    [Test]
    public void A_parameter_whose_declared_type_may_change_the_value_has_no_form()
    {
        Assert.That(new TextForm().Convert(new NpgsqlParameter { DbType = DbType.Xml, Value = "<a/>" }), Is.Null);
        Assert.That(new TextForm().Convert(new NpgsqlParameter { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Jsonb, Value = "{}" }), Is.Null);
        Assert.That(new TextForm().Convert(new NpgsqlParameter { DbType = DbType.String, Value = "abc", Size = 2 }), Is.Null);
        Assert.That(IntegerForm.Int32.Convert(new NpgsqlParameter { DbType = DbType.Single, Value = 16777217d }), Is.Null);
        Assert.That(DateForm.Instance.Convert(new NpgsqlParameter { DbType = DbType.DateTime, Value = new DateTime(2020, 1, 1) }), Is.Null);
    }

    [Test]
    public void A_plain_parameter_has_the_form_of_its_value()
    {
        Assert.That(new TextForm().Convert(new NpgsqlParameter { DbType = DbType.String, Value = "abc" }), Is.EqualTo(ColumnValue.Text("abc")));
        Assert.That(new TextForm().Convert(new NpgsqlParameter { DbType = DbType.StringFixedLength, Value = 'Y' }), Is.EqualTo(ColumnValue.Text("Y")));
        Assert.That(IntegerForm.Int32.Convert(new NpgsqlParameter { DbType = DbType.Int64, Value = 5L }), Is.EqualTo(ColumnValue.Integer(5)));
        Assert.That(DateForm.Instance.Convert(new NpgsqlParameter { DbType = DbType.DateTime2, Value = new DateTime(2020, 1, 1) }), Is.EqualTo(ColumnValue.Date(new DateOnly(2020, 1, 1))));
        Assert.That(BooleanForm.Instance.Convert(new NpgsqlParameter { DbType = DbType.Boolean, Value = true }), Is.EqualTo(ColumnValue.Boolean(true)));
        Assert.That(UuidForm.Instance.Convert(new NpgsqlParameter { DbType = DbType.Guid, Value = Guid.Empty }), Is.EqualTo(ColumnValue.Uuid(Guid.Empty)));
        Assert.That(IntegerForm.Int32.Convert(new NpgsqlParameter { DbType = DbType.Int32, Value = DBNull.Value }), Is.EqualTo(ColumnValue.Null));
    }
}
