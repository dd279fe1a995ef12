-- The databases with stamps under one hash tag. KEYS: their list. ARGV: settings. Answers Listed with their names one behind the other.

return { 'Listed', table.concat(redis.call('SMEMBERS', KEYS[1])) }
