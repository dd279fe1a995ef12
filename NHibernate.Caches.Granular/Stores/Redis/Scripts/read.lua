-- Looks an entry up that is kept with its stamps: one round trip for a hit, and one for a miss.
-- KEYS: the stamps' seven, the entry. ARGV: settings; the epoch and generation in which the caller last registered shapes; its snapshot's epoch
-- and sequence, or two empty texts; shapes to register.
-- Answers None with the entry, or as a miss does in judge.lua.

local as_of_epoch, as_of = ARGV[4], tonumber(ARGV[5])
open()
local value, reason = fetch(KEYS[8])
if value then
  reason = judge(value, as_of_epoch, as_of)
end
if reason == 'None' then
  use(KEYS[8], value)
  return reply('None', '', value)
end
return miss(reason, 6)
