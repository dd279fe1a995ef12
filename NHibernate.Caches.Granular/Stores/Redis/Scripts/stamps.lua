-- The stamps of one database, common to all scripts but those that touch a single entry. Each script sees and changes them at one moment.
--
-- A stamp is a field of the younger or the older hash of stamps: the sequence at which it last moved. What is in neither has not moved since the
-- horizon. A token is a transaction that has announced: it counts one lock on each of its stamps until it publishes or its lease ends. A shape is
-- a kind of query, with its birth: the sequence of its table's last publish when it was registered. All of it has one life, its epoch; where
-- anything of it is missing, or came from another server, everything starts anew under another epoch.
--
-- Sequences are whole numbers below 2^53, which Lua's numbers hold exactly; they are kept and sent as digits. Keys of stamps are 16 bytes.

local META, YOUNG, OLD, LOCKS, TOKENS, SHAPES, TABLES = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]

-- Who changes a database without being able to say which moves the stamps of all that are listed. So nothing is valid of one that is not, as when
-- the list was evicted: it begins a new life, and is listed again.
local LIST, NAME = KEYS[8], string.match(META, '(%x+):meta$')

-- Further settings: the stamp that every entry depends on; for how many milliseconds a new life begins locked; the life of the stamps that the
-- caller knew last, or nothing.
local SCOPE, secluded, lived = string.sub(ARGV[1], 29, 44), (struct.unpack('>I8', ARGV[1], 45)), string.sub(ARGV[1], 53)

-- Who this server is: one that was restarted, or has taken another's place, may lack what was published. A replica must not answer: it may lag.
local function server()
  local ok, about = pcall(redis.call, 'INFO', 'server')
  if not ok or type(about) ~= 'string' then
    error('NOINFO This user may not call INFO, without which nobody can see that the server was restarted or replaced. Grant it with ACL SETUSER ... +info')
  end
  local replication = redis.call('INFO', 'replication')
  if string.match(replication, 'role:(%a+)') ~= 'master' then
    error('READONLY the stamps are read and written on a primary only')
  end
  return string.match(about, 'run_id:(%x+)') .. string.match(replication, 'master_replid:(%x+)')
end

local epoch, sequence, horizon, mark, generation, rotates, lease, version

local function is_whole()
  for i = 2, 7 do
    if redis.call('HGET', KEYS[i], 'epoch') ~= epoch then
      return false
    end
  end
  return true
end

local function next_sequence()
  sequence = sequence + 1
  redis.call('HSET', META, 'sequence', digits(sequence))
  return sequence
end

local function move(key, to)
  redis.call('HSET', YOUNG, key, digits(to))
end

local function moved(key)
  return tonumber(redis.call('HGET', YOUNG, key) or redis.call('HGET', OLD, key) or 0)
end

local function locks(key)
  return tonumber(redis.call('HGET', LOCKS, key) or 0)
end

-- A table's record: the sequence of its last publish, the version at which a shape was last added, the keys of its shapes.
local function read_table(name)
  local record = redis.call('HGET', TABLES, 't' .. name)
  if not record then
    return { name = name, published = horizon, version = 0, shapes = '' }
  end
  local published, changed, at = struct.unpack('>I8I8', record)
  return { name = name, published = published, version = changed, shapes = string.sub(record, at) }
end

local function write_table(record)
  redis.call('HSET', TABLES, 't' .. record.name, struct.pack('>I8I8', record.published, record.version) .. record.shapes)
end

-- A shape's record: the generation it was last asked for in, its birth, and what describes it to the nodes.
local function read_shape(key)
  local record = redis.call('HGET', SHAPES, key)
  if not record then
    return nil
  end
  local asked, birth, at = struct.unpack('>I8I8', record)
  return { generation = asked, birth = birth, text = string.sub(record, at) }
end

local function write_shape(key, shape)
  redis.call('HSET', SHAPES, key, struct.pack('>I8I8', shape.generation, shape.birth) .. shape.text)
end

-- A token's record: when its lease ends, its tables with the keys of their stamps, the keys it locks.
local function read_token(id)
  local record = redis.call('HGET', TOKENS, id)
  if not record then
    return nil
  end
  local token = { id = id, tables = {}, keys = {} }
  local count, at
  token.ends, count, at = struct.unpack('>I8I4', record)
  for _ = 1, count do
    local name, key
    name, key, at = struct.unpack('>I2c0c16', record, at)
    token.tables[name] = key
  end
  for i = at, #record, 16 do
    token.keys[string.sub(record, i, i + 15)] = true
  end
  return token
end

local function write_token(token)
  local names, keys = {}, {}
  for name, key in pairs(token.tables) do
    names[#names + 1] = struct.pack('>I2c0c16', #name, name, key)
  end
  for key in pairs(token.keys) do
    keys[#keys + 1] = key
  end
  redis.call('HSET', TOKENS, token.id, struct.pack('>I8I4', token.ends, #names) .. table.concat(names) .. table.concat(keys))
end

local function lock(token, key)
  if not token.keys[key] then
    token.keys[key] = true
    redis.call('HINCRBY', LOCKS, key, 1)
  end
end

-- Moves all that the token holds. What is not known to have failed may have happened.
local function move_all(token, to)
  for key in pairs(token.keys) do
    move(key, to)
  end
  for name in pairs(token.tables) do
    local record = read_table(name)
    record.published = to
    write_table(record)
  end
end

local function release(token)
  for key in pairs(token.keys) do
    if redis.call('HINCRBY', LOCKS, key, -1) <= 0 then
      redis.call('HDEL', LOCKS, key)
    end
  end
  redis.call('HDEL', TOKENS, token.id)
end

local function each_token(visit)
  local fields = redis.call('HKEYS', TOKENS)
  for _, id in ipairs(fields) do
    if id ~= 'epoch' then
      visit(read_token(id))
    end
  end
end

-- Something moves that nobody had locked: it was changed long before, perhaps, and whoever is in flight was believed what it had loaded of it.
-- So what they change counts as not understood, and their tables move whole.
local function distrust()
  each_token(function(token)
    for _, key in pairs(token.tables) do
      lock(token, key)
    end
    write_token(token)
  end)
end

local function expect_lease(ends)
  if not lease or ends < lease then
    lease = ends
    redis.call('HSET', META, 'lease', digits(lease))
  end
end

-- A new life: nothing of the old one counts, and no entry of another epoch is valid.
local function begin(identity)
  for i = 1, 7 do
    redis.call('DEL', KEYS[i])
  end
  epoch = string.sub(redis.sha1hex(identity .. time[1] .. ' ' .. time[2]), 1, 32)
  for i = 2, 7 do
    redis.call('HSET', KEYS[i], 'epoch', epoch)
  end
  sequence, horizon, mark, generation, rotates, lease, version = 1, 1, 1, 1, now + max_age, nil, 0
  redis.call('HSET', META, 'epoch', epoch, 'server', identity, 'sequence', '1', 'horizon', '1', 'mark', '1', 'generation', '1',
    'rotates', digits(rotates), 'version', '0')
  redis.call('SADD', LIST, NAME)
  -- Transactions may be under way whose locks are lost. Where that must not show, nothing is valid until their leases have ended.
  if secluded > 0 then
    local token = { id = 'birth', ends = now + secluded, tables = {}, keys = {} }
    expect_lease(token.ends)
    lock(token, SCOPE)
    write_token(token)
  end
end

-- Nobody knows whether a transaction committed whose lease has ended, so it counts as if it just had. Whether there was one.
local function retire()
  if not lease or now < lease then
    return false
  end
  local any = false
  lease = nil
  redis.call('HDEL', META, 'lease')
  each_token(function(token)
    if now < token.ends then
      expect_lease(token.ends)
    else
      any = true
      move_all(token, next_sequence())
      release(token)
    end
  end)
  return any
end

-- Forgets the older stamps; no move that is forgotten is later than the new horizon, and no entry from before it is valid.
-- Shapes go that nobody asked for in the generation that ends or in the one before.
local function rotate()
  generation, horizon, mark, rotates = generation + 1, mark, sequence, now + max_age
  redis.call('RENAME', YOUNG, OLD)
  redis.call('HSET', YOUNG, 'epoch', epoch)
  redis.call('HSET', META, 'generation', digits(generation), 'horizon', digits(horizon), 'mark', digits(mark), 'rotates', digits(rotates))
  for _, name in ipairs(redis.call('HKEYS', TABLES)) do
    if name ~= 'epoch' then
      local record, kept = read_table(string.sub(name, 2)), {}
      for i = 1, #record.shapes, 16 do
        local key = string.sub(record.shapes, i, i + 15)
        local shape = read_shape(key)
        if not shape or shape.generation < generation - 1 then
          redis.call('HDEL', SHAPES, key)
        else
          kept[#kept + 1] = key
        end
      end
      record.shapes = table.concat(kept)
      if #kept == 0 and record.published <= horizon then
        redis.call('HDEL', TABLES, name)
      else
        write_table(record)
      end
    end
  end
end

-- What every script does first.
local function open()
  local identity = server()
  local meta = redis.call('HMGET', META, 'epoch', 'server', 'sequence', 'horizon', 'mark', 'generation', 'rotates', 'lease', 'version')
  epoch = meta[1]
  if not epoch or meta[2] ~= identity or not is_whole() or redis.call('SISMEMBER', LIST, NAME) == 0 then
    begin(identity)
    return
  end
  sequence, horizon, mark, generation = tonumber(meta[3]), tonumber(meta[4]), tonumber(meta[5]), tonumber(meta[6])
  rotates, lease, version = tonumber(meta[7]), meta[8] and tonumber(meta[8]), tonumber(meta[9])
  -- The caller comes from another life. What it published in that one last may be lost, as what a master takes is that does not know yet
  -- that it is none any more; and others may have put results into this life already that are older.
  if lived ~= '' and lived ~= epoch then
    distrust()
    move(SCOPE, next_sequence())
  end
end

-- What every script does that registers or writes.
local function clean_up()
  retire()
  if now >= rotates or redis.call('HLEN', YOUNG) > max_stamps then
    rotate()
  end
end

-- Whether nothing has moved that four arguments from this one on name (epoch, sequence, keys of stamps and of shapes) since that sequence of this
-- life, and nothing of it is locked by others than the token.
local function is_unchanged(token, at)
  local life, since, stamps, shapes = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3]
  if life ~= epoch or since < horizon then
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

-- Makes a shape known to all changes from now on; those in flight, which were matched without it, lock it and move it whole. Says whether it is
-- registered ('1'), there are too many of its table ('0'), or its key belongs to another shape ('x').
local function register(key, name, text, is_bounded)
  local shape = read_shape(key)
  if shape then
    if shape.text ~= text then
      return 'x'
    end
    if shape.generation < generation then
      shape.generation = generation
      write_shape(key, shape)
    end
    return '1'
  end
  local record = read_table(name)
  if is_bounded and #record.shapes / 16 >= max_shapes then
    return '0'
  end
  version = version + 1
  redis.call('HSET', META, 'version', digits(version))
  record.version, record.shapes = version, record.shapes .. key
  write_table(record)
  write_shape(key, { generation = generation, birth = record.published, text = text })
  each_token(function(token)
    if token.tables[name] then
      lock(token, key)
      write_token(token)
    end
  end)
  return '1'
end

-- Registers the shapes that the arguments from this one on hold (key, table, text, whether their number is bounded), as many as the first says.
-- The answers, a letter each, and the next argument.
local function register_all(at)
  local count, answers = tonumber(ARGV[at]), {}
  for i = 1, count do
    local first = at + 1 + (i - 1) * 4
    answers[i] = register(ARGV[first], ARGV[first + 1], ARGV[first + 2], ARGV[first + 3] == '1')
  end
  return table.concat(answers), at + 1 + count * 4
end

-- What every script answers first.
local function reply(status, ...)
  return { status, epoch, digits(sequence), digits(generation), ... }
end
