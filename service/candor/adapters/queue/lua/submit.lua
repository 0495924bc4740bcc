local id, tenant, priority, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local url, events, idem, fingerprint = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local known = seen(idem, fingerprint)
if known then return known end
local full = has_room(tenant, 1, #body, number(ARGV[9]), number(ARGV[10]), number(ARGV[11]))
if full then return {full} end
redis.call('HSET', job_key(id), 'tenant', tenant, 'priority', priority, 'created', NOW, 'body', body, 'size', #body)
if url ~= '' then redis.call('HSET', job_key(id), 'url', url, 'events', events) end
count('bytes', #body)
count_tenant(tenant, 1)
enqueue(id, tenant, priority)
redis.call('ZADD', P .. 'expiry', NOW + number(ARGV[12]), id)
list('jobs', tenant, id)
remember(idem, fingerprint, id, number(ARGV[13]))
return {'fresh', id}
