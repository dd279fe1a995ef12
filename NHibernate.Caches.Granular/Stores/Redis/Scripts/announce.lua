-- Locks all stamps that a transaction will move, before its COMMIT is sent, for a lease; announcing again adds to them and renews the lease.
-- KEYS: the stamps' seven. ARGV: settings; token; '1' if only what was not announced before is given; lease in milliseconds; epoch and version of
-- the shapes that the keys were computed from, or two empty texts to accept any; the number of tables, and for each its name and the key of its
-- stamp; shapes to register; the number of loaded states, and for each its epoch, its sequence, the keys of its stamps and those of its shapes; the keys to lock.
-- Answers Announced; or, with nothing locked: Lapsed (the lease has ended to which this would have added), NewShapes with the version and all
-- shapes of the tables, or Untrusted with the places of the loaded states whose rows others have changed or hold.

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
        answer[#answer + 1] = read_shape(string.sub(record.shapes, i, i + 15)).text
      end
    end
    return answer
  end
end

local function is_trusted(since, stamps, shapes)
  if since < horizon then
    return false
  end
  for i = 1, #stamps + #shapes, 16 do
    local key = i <= #stamps and string.sub(stamps, i, i + 15) or string.sub(shapes, i - #stamps, i - #stamps + 15)
    local own = token and token.keys[key] and 1 or 0
    if locks(key) > own or moved(key) > since then
      return false
    end
  end
  for i = 1, #shapes, 16 do
    local shape = read_shape(string.sub(shapes, i, i + 15))
    if not shape or shape.birth > since then
      return false
    end
  end
  return true
end

local untrusted
local states = tonumber(ARGV[at])
at = at + 1
for i = 1, states do
  if ARGV[at] ~= epoch or not is_trusted(tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]) then
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
