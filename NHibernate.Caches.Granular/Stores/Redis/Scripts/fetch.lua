-- Fetches an entry that is kept apart from its stamps, for judging it there. KEYS: the entry. ARGV: settings.
-- Answers NotFound, Foreign or Expired, or Found with the entry.

local value, reason = fetch(KEYS[1])
if not value then
  return { reason }
end
use(KEYS[1], value)
return { 'Found', value }
