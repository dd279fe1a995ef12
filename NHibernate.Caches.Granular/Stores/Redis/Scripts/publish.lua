-- Moves all stamps that a transaction announced, and those of shapes born meanwhile, whatever became of it; on proven success it also unlocks
-- them. Where the token is gone (its lease has ended, or the stamps have another life), what is given moves, and its tables as a whole.
-- KEYS: the stamps' eight. ARGV: settings; token; '1' if the commit is proven; for how many milliseconds it is locked otherwise, where the token is
-- gone; the number of tables, and for each its name and the key of its stamp; the keys; shapes to register; the number of written states, and for
-- each an epoch and a sequence from before the commit, the keys of the stamps that it depends on and those of its shapes.
-- Answers how the shapes stand, and for each written state '1' if, before anything moved here, its row was still as it was written.

local id, is_proven, count, at = ARGV[2], ARGV[3] == '1', tonumber(ARGV[5]), 6
open()
clean_up()

-- Whoever changes these tables without knowing the shapes holds them from now on, this token too, which is read after that.
local keys = ARGV[at + 2 * count]
local answers, first = register_all(at + 2 * count + 1)

local token = read_token(id)
-- Others may have committed since this commit, so it is asked before anything moves. Without the token, what it should have kept locked may have
-- changed unnoticed.
local current = {}
for i = 1, tonumber(ARGV[first]) do
  current[i] = is_proven and token and is_unchanged(token, first + 4 * i - 3) and '1' or '0'
end

if not token then
  token = { id = id, ends = now + tonumber(ARGV[4]), tables = {}, keys = {} }
  distrust()
end
for _ = 1, count do
  -- Of a table that the token did not hold until now, shapes may be in use that the keys were not computed for.
  if not token.tables[ARGV[at]] then
    token.tables[ARGV[at]] = ARGV[at + 1]
    lock(token, ARGV[at + 1])
  end
  at = at + 2
end
for i = 1, #keys, 16 do
  lock(token, string.sub(keys, i, i + 15))
end
move_all(token, next_sequence())
-- An unproven commit may still land: its locks stay to the end of the lease.
if is_proven then
  release(token)
else
  expect_lease(token.ends)
  write_token(token)
end
return reply('Published', answers, table.concat(current))
