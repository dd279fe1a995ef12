-- Whether an entry may be used now. Its head holds the moment it ends (by the clock of the server that keeps it, so it is judged there), its
-- epoch and sequence, and the keys of what it depends on: first stamps, then shapes. It is valid while none of its stamps has moved after its
-- sequence, none is locked, and none of its shapes is younger.

local HEAD = '>c4I8I8I8c32I8I2I2'

local function read_head(value)
  local magic, ends, idle, used, life, at_sequence, stamps, shapes, at = struct.unpack(HEAD, value)
  return { magic = magic, ends = ends, idle = idle, used = used, epoch = life, sequence = at_sequence, stamps = stamps, shapes = shapes, at = at }
end

-- When a stamp moved, and whether it is locked, as far as was seen: entries that are judged together share most of their stamps.
local seen, seen_locked = {}, {}

local function see(key)
  local at = seen[key]
  if not at then
    at = moved(key)
    seen[key], seen_locked[key] = at, locks(key) > 0
  end
  return at, seen_locked[key]
end

local function check(head, value, as_of_epoch, as_of)
  if head.epoch ~= epoch then
    return 'OtherEpoch'
  end
  if head.sequence < horizon then
    return 'Invalidated'
  end
  local is_locked, at = false, head.at
  for i = 1, head.stamps + head.shapes do
    local key = string.sub(value, at, at + 15)
    at = at + 16
    local at_last, is_held = see(key)
    if at_last > head.sequence then
      return 'Invalidated'
    end
    if i > head.stamps then
      local shape = read_shape(key)
      if not shape or shape.birth > head.sequence then
        return 'Invalidated'
      end
    end
    is_locked = is_locked or is_held
  end
  if is_locked then
    return 'Locked'
  end
  if as_of and (as_of_epoch ~= epoch or head.sequence > as_of) then
    return 'NewerThanSnapshot'
  end
  return 'None'
end

-- As check; a lock may be one whose lease has ended unnoticed, and ending it moves the stamp.
local function judge(value, as_of_epoch, as_of)
  local head = read_head(value)
  local reason = check(head, value, as_of_epoch, as_of)
  if reason == 'Locked' and retire() then
    seen, seen_locked = {}, {}
    reason = check(head, value, as_of_epoch, as_of)
  end
  return reason
end

-- Answers look-ups with an outcome for each: None, or the reason why there is nothing valid, and the entry if it was read here. Unless all of them
-- are hits, it registers the shapes that the arguments from this one on hold, and says Missed and how they stand. Where the caller last registered
-- shapes in another life or generation (ARGV[2], ARGV[3]), those that missed must come back with all of theirs: Shapes.
local function answer(outcomes, at)
  local status, answers = 'None', ''
  for _, outcome in ipairs(outcomes) do
    if outcome.reason ~= 'None' then
      status = 'Missed'
    end
  end
  if status == 'Missed' then
    clean_up()
    answers = register_all(at)
    if ARGV[2] ~= epoch or ARGV[3] ~= digits(generation) then
      status, answers = 'Shapes', ''
    end
  end
  local parts = reply(status, answers)
  for _, outcome in ipairs(outcomes) do
    parts[#parts + 1] = outcome.reason
    parts[#parts + 1] = outcome.value or ''
  end
  return parts
end
