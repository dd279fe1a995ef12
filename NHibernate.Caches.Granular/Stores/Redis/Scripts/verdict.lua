-- Judges an entry that was fetched from elsewhere, or registers the shapes of a look-up that found none.
-- KEYS: the stamps' seven. ARGV: as read.lua, but before the shapes: the entry's head with its keys, or nothing; and what fetching said.

local as_of_epoch, as_of, value, reason = ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7]
open()
if value ~= '' then
  reason = judge(value, as_of_epoch, as_of)
end
if reason == 'None' then
  return reply('None', '')
end
return miss(reason, 8)
