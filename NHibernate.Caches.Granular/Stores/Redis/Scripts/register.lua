-- Registers shapes that a result depends on and no look-up has asked for. KEYS: the stamps' eight. ARGV: settings; the shapes.

open()
clean_up()
local answers = register_all(2)
return reply('Registered', answers)
