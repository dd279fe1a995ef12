-- Judges an entry that was fetched from elsewhere, or registers the shapes of a look-up that found none.
-- KEYS: the stamps' seven. ARGV: as read.lua, but before the shapes: the entry's head with its keys, or nothing; and what fetching said.

local life, asked, as_of_epoch, as_of, value, reason = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7]
open()
if value ~= '' then
  reason = judge(value, as_of_epoch, as_of)
end
if reason == 'None' then
  return reply('None', '')
end
clean_up()
local answers = register_all(8)
if life ~= epoch or asked ~= digits(generation) then
  return reply('Shapes')
end
return reply(reason, answers)
