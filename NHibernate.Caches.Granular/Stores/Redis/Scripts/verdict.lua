-- Judges entries that were fetched from elsewhere, and registers the shapes of those look-ups that found none.
-- KEYS: the stamps' seven. ARGV: as read.lua, but before the shapes: how many there are, and for each the entry's head with its keys, or nothing, and
-- what fetching said.

local as_of_epoch, as_of, count = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
open()
local outcomes = {}
for i = 1, count do
  local head, reason = ARGV[5 + 2 * i], ARGV[6 + 2 * i]
  if head ~= '' then
    reason = judge(head, as_of_epoch, as_of)
  end
  outcomes[i] = { reason = reason }
end
return answer(outcomes, 7 + 2 * count)
