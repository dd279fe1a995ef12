-- Looks an entry up that is kept with its stamps: one round trip for a hit, and one for a miss.
-- KEYS: the stamps' seven, the entry. ARGV: settings; the epoch and generation in which the caller last registered shapes; its snapshot's epoch
-- and sequence, or two empty texts; shapes to register.
-- Answers the reason of a miss, or None with the entry. Where the caller's shapes are of another life or generation, a miss is answered with
-- Shapes: it must come back with all of them.

local life, asked, as_of_epoch, as_of = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
open()
local value, reason = fetch(KEYS[8])
if value then
  reason = judge(value, as_of_epoch, as_of)
end
if reason == 'None' then
  use(KEYS[8], value)
  return reply('None', '', value)
end
clean_up()
local answers = register_all(6)
if life ~= epoch or asked ~= digits(generation) then
  return reply('Shapes')
end
return reply(reason, answers)
