-- Ends the life of a database's stamps where nothing can be written any more, which takes no memory. KEYS: the first of the stamps. ARGV: settings.

redis.call('DEL', KEYS[1])
return { 'Forgotten' }
