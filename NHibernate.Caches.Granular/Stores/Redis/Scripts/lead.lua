-- Takes the lead in loading an entry, unless another token has it and its lease goes on.
-- KEYS: the lead. ARGV: settings; the token; how long the lease lasts, in milliseconds.

local token, lease = ARGV[2], tonumber(ARGV[3])
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'string' and #held == 24 and now < struct.unpack('>I8', held) then
  return { 'Taken' }
end
redis.call('SET', KEYS[1], struct.pack('>I8', now + lease) .. token, 'PX', digits(lease))
return { 'Led' }
