-- Looks at an entry for people, without counting as a hit. KEYS: the entry. ARGV: settings.
-- Answers NotFound, Foreign or Expired; or Found with its head and the keys of what it depends on, and in one text how long ago it was put and how
-- long it has left, in milliseconds.

local value, reason = fetch(KEYS[1])
if not value then
  return { reason }
end
local ends, idle, used = struct.unpack('>I8I8I8', value, 5)
local stamps, shapes = struct.unpack('>I2I2', value, 69)
-- A hit overwrites the moment of the put, of what expires some time after its last hit; that ends, whatever happens, so long after its put.
local put = idle > 0 and ends - max_age or used
local left = idle > 0 and math.min(ends - now, idle - (now - used)) or ends - now
return { 'Found', string.sub(value, 1, 72 + 16 * (stamps + shapes)), digits(math.max(0, now - put)) .. ' ' .. digits(left) }
