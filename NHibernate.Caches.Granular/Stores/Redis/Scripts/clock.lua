-- Settings of the caller: what its tests add to the clock, the longest life of an entry, both in milliseconds; the bounds of stamps and of shapes;
-- the number of the database on the server.
local offset, max_age, max_stamps, max_shapes, database = struct.unpack('>I8I8I4I4I4', ARGV[1])

-- Where the client may not choose it, or there is none of that number, it is not told, and goes on in another, in which nobody would hear of it.
if database > 0 then
  local chosen = redis.pcall('SELECT', database)
  if chosen.err then
    return redis.error_reply('NODATABASE This user may not SELECT database ' .. database .. ', or there is none (' .. chosen.err .. ')')
  end
end

-- Leases and expiry run on the clock of the server that keeps what they belong to, and are compared with that clock only.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + offset

-- A whole number as the digits that Redis takes; Lua's own way of writing large ones is another.
local function digits(number)
  return string.format('%.0f', number)
end
