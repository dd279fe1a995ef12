-- A node begins to use the stamps of a database. KEYS: the stamps' eight. ARGV: settings; the timeline of the database's server, eight hexadecimal
-- digits, or nothing. A failover of the database begins another timeline, perhaps without commits that are cached: the stamps then begin another
-- life. Nodes notice it at different times; those that are late do not turn it back.

open()
clean_up()
local timeline = ARGV[2]
if timeline ~= '' then
  local known = redis.call('HGET', META, 'timeline')
  if known and tonumber(timeline, 16) > tonumber(known, 16) then
    begin(server())
  end
  if not known or tonumber(timeline, 16) > tonumber(known, 16) then
    redis.call('HSET', META, 'timeline', timeline)
  end
end
return reply('Joined')
