return end_job(ARGV[1], 'cancelled', '', '', '', '', number(ARGV[2]))
