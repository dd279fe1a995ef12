-- Moves all stamps that a transaction announced, and those of shapes born meanwhile, whatever became of it; on proven success it also unlocks
-- them. Where the token is gone (its lease has ended, or the stamps have another life), what is given moves, and its tables as a whole.
-- KEYS: the stamps' seven. ARGV: settings; token; '1' if the commit is proven; the number of tables, and for each its name and the key of its
-- stamp; the keys.

local id, is_proven, count, at = ARGV[2], ARGV[3] == '1', tonumber(ARGV[4]), 5
open()
clean_up()

local token = read_token(id)
local is_announced = token ~= nil
if not is_announced then
  token = { id = id, ends = now, tables = {}, keys = {} }
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
local keys = ARGV[at]
for i = 1, #keys, 16 do
  lock(token, string.sub(keys, i, i + 15))
end
move_all(token, next_sequence())
-- An unproven commit may still land: its locks stay to the end of the lease. Without a lease nothing can stay.
if is_proven or not is_announced then
  release(token)
else
  write_token(token)
end
return reply('Published')
