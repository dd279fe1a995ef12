-- Locks all stamps that a transaction will move, before its COMMIT is sent, for a lease; announcing again adds to them and renews the lease.
-- KEYS: the stamps' eight. ARGV: settings; token; '1' if only what was not announced before is given; lease in milliseconds; epoch and version of
-- the shapes that the keys were computed from, or two empty texts to accept any; the number of tables, and for each its name and the key of its
-- stamp; shapes to register; the number of loaded states, and for each its epoch, its sequence, the keys of its stamps and those of its shapes; the keys to lock.
-- Answers Announced; or, with nothing locked: Lapsed (the lease has ended to which this would have added), NewShapes with the version and all
-- shapes of the tables behind their keys, or Untrusted with the places of the loaded states whose rows others have changed or hold.

local id, is_addition, lasts, life, known = ARGV[2], ARGV[3] == '1', tonumber(ARGV[4]), ARGV[5], ARGV[6]
open()
clean_up()

local token = read_token(id)
if is_addition and not token then
  return reply('Lapsed')
end

local tables, count, at = {}, tonumber(ARGV[7]), 8
for _ = 1, count do
  tables[ARGV[at]] = ARGV[at + 1]
  at = at + 2
end

local _
_, at = register_all(at)

if known ~= '' then
  local is_outdated = life ~= epoch
  for name in pairs(tables) do
    is_outdated = is_outdated or read_table(name).version > tonumber(known)
  end
  if is_outdated then
    local answer = reply('NewShapes', digits(version))
    for name in pairs(tables) do
      local record = read_table(name)
      for i = 1, #record.shapes, 16 do
        local key = string.sub(record.shapes, i, i + 15)
        local shape = read_shape(key)
        answer[#answer + 1] = key .. (shape and shape.text or '')
      end
    end
    return answer
  end
end

local untrusted
local states = tonumber(ARGV[at])
at = at + 1
for i = 1, states do
  if not is_unchanged(token, at) then
    untrusted = untrusted or reply('Untrusted')
    untrusted[#untrusted + 1] = digits(i - 1)
  end
  at = at + 4
end
if untrusted then
  return untrusted
end

token = token or { id = id, tables = {}, keys = {} }
token.ends = now + lasts
expect_lease(token.ends)
for name, key in pairs(tables) do
  token.tables[name] = key
end
local keys = ARGV[at]
for i = 1, #keys, 16 do
  lock(token, string.sub(keys, i, i + 15))
end
write_token(token)
return reply('Announced')
