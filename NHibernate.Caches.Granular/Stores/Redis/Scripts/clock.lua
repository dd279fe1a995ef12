-- Settings of the caller: what its tests add to the clock, the longest life of an entry, both in milliseconds; the bounds of stamps and of shapes.
local offset, max_age, max_stamps, max_shapes = struct.unpack('>I8I8I4I4', ARGV[1])

-- Leases and expiry run on the clock of the server that keeps what they belong to, and are compared with that clock only.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + offset

-- A whole number as the digits that Redis takes; Lua's own way of writing large ones is another.
local function digits(number)
  return string.format('%.0f', number)
end
