-- A node is back that was cut off: it makes up, at one moment, for what it could not say. What has changed meanwhile nobody knows any more, so that
-- everything moves. What is still to be committed, by transactions that could not announce, is locked: their tables as a whole.
-- KEYS: the stamps' seven. ARGV: settings; the number of transactions that have ended and may hold locks, and their tokens; the number of those
-- under way that have not announced, and for each its token, its lease in milliseconds, the number of its tables, for each table its name and the
-- key of its stamp, and other keys to lock.

open()
clean_up()

local at = 2
local ended = tonumber(ARGV[at])
for i = 1, ended do
  local token = read_token(ARGV[at + i])
  if token then
    release(token)
  end
end
at = at + ended + 1

local under_way = tonumber(ARGV[at])
at = at + 1
for _ = 1, under_way do
  local token = read_token(ARGV[at]) or { id = ARGV[at], tables = {}, keys = {} }
  token.ends = now + tonumber(ARGV[at + 1])
  expect_lease(token.ends)
  local count = tonumber(ARGV[at + 2])
  at = at + 3
  for _ = 1, count do
    token.tables[ARGV[at]] = ARGV[at + 1]
    lock(token, ARGV[at + 1])
    at = at + 2
  end
  local keys = ARGV[at]
  for i = 1, #keys, 16 do
    lock(token, string.sub(keys, i, i + 15))
  end
  write_token(token)
  at = at + 1
end

distrust()
move(SCOPE, next_sequence())
return reply('Settled')
