local id, attempt = ARGV[1], ARGV[2]
if redis.call('HGET', job_key(id), 'attempt') ~= attempt then return 0 end
return end_job(id, ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], number(ARGV[8]))
