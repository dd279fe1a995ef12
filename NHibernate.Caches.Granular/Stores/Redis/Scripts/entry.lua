-- One entry: a head (see judge.lua), the key in full, the payload. Redis keeps it a minute longer than it lives, so that a look-up soon
-- after can still tell that it has expired.

local AFTERLIFE = 60000
local MAGIC = 'NGE1'
local USED = 20
local LONGEST = 1e13 -- no put says more, and Redis takes no expiry much beyond it

-- The value and no reason, or the reason why there is none.
local function fetch(key)
  local value = redis.pcall('GET', key)
  if not value then
    return nil, 'NotFound'
  end
  -- What is no text at all is answered with an error, which is a table.
  if type(value) ~= 'string' or #value < 76 or string.sub(value, 1, 4) ~= MAGIC then
    return nil, 'Foreign'
  end
  local ends, idle, used = struct.unpack('>I8I8I8', value, 5)
  if idle > LONGEST then
    return nil, 'Foreign'
  end
  if now >= ends or (idle > 0 and now - used >= idle) then
    return nil, 'Expired'
  end
  return value, nil
end

-- Counts a hit for a sliding expiry.
local function use(key, value)
  local idle = struct.unpack('>I8', value, 13)
  if idle > 0 then
    redis.call('SETRANGE', key, USED, struct.pack('>I8', now))
    redis.call('PEXPIRE', key, digits(idle + AFTERLIFE))
  end
end
