-- Gives up the lead in loading an entry, if it is still this token's.
-- KEYS: the lead. ARGV: settings; the token.

local held = redis.pcall('GET', KEYS[1])
if type(held) == 'string' and string.sub(held, 9) == ARGV[2] then
  redis.call('DEL', KEYS[1])
end
return { 'Left' }
