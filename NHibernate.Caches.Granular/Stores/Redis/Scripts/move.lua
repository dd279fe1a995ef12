-- Moves stamps at once: clearing is moving. KEYS: the stamps' seven. ARGV: settings; the keys to move, or, of one entity or collection, those of
-- its conjunctions; then its shape, if it is one; then the keys that stand for a shape that its table has no room for, and for one whose key
-- belongs to another.

open()
clean_up()
local keys = ARGV[2]
local answers, at = register_all(3)
if answers == '0' then
  keys = ARGV[at]
elseif answers == 'x' then
  keys = ARGV[at + 1]
end
local to = next_sequence()
if keys == SCOPE then
  distrust()
end
for i = 1, #keys, 16 do
  move(string.sub(keys, i, i + 15), to)
end
return reply('Moved')
