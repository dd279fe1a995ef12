-- Stores entries as they are; whether one is valid is for its readers to decide. Where one of a later sequence in the same epoch is, it stays.
-- KEYS: the entries. ARGV: settings; for each how long it lives at most, and how long without a hit (0: as long), in milliseconds, and what follows
-- the moments in its head.

local function put(key, age, idle, body)
  local present = redis.pcall('GETRANGE', key, 0, 67)
  if type(present) == 'string' and #present == 68 and string.sub(present, 1, 4) == MAGIC and string.sub(present, 29, 60) == string.sub(body, 1, 32) then
    local ends = struct.unpack('>I8', present, 5)
    if now < ends and struct.unpack('>I8', present, 61) > struct.unpack('>I8', body, 33) then
      return 'NewerEntry'
    end
  end
  local kept = idle > 0 and idle or age
  redis.call('SET', key, MAGIC .. struct.pack('>I8I8I8', now + age, idle, now) .. body, 'PX', digits(kept + AFTERLIFE))
  return 'Put'
end

local answers = {}
for i, key in ipairs(KEYS) do
  answers[i] = put(key, tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), ARGV[3 * i + 1])
end
return answers
