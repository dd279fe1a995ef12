-- Stores an entry as it is; whether it is valid is for its readers to decide. One of a later sequence in the same epoch stays in its place.
-- KEYS: the entry. ARGV: settings; how long it lives at most, and how long without a hit (0: as long), in milliseconds; what follows the moments in
-- its head.

local age, idle, body = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local present = redis.pcall('GETRANGE', KEYS[1], 0, 67)
if type(present) == 'string' and #present == 68 and string.sub(present, 1, 4) == MAGIC and string.sub(present, 29, 60) == string.sub(body, 1, 32) then
  local ends = struct.unpack('>I8', present, 5)
  if now < ends and struct.unpack('>I8', present, 61) > struct.unpack('>I8', body, 33) then
    return { 'NewerEntry' }
  end
end
local kept = idle > 0 and idle or age
redis.call('SET', KEYS[1], MAGIC .. struct.pack('>I8I8I8', now + age, idle, now) .. body, 'PX', digits(kept + AFTERLIFE))
return { 'Put' }
