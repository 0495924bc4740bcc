local id, tenant, priority, url, events = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
redis.call('HSET', batch_key(id), 'tenant', tenant, 'priority', priority, 'created', NOW,
  'state', 'receiving', 'total', 0, 'waiting', 0, 'running', 0, 'done', 0, 'failed', 0, 'cancelled', 0)
if url ~= '' then redis.call('HSET', batch_key(id), 'url', url, 'events', events) end
redis.call('ZADD', P .. 'expiry', NOW + number(ARGV[6]), id)
return {'fresh', id}
