-- Operators: the open jobs of a process, and what is waited for in it, from its instances on without a look at the rows. The end
-- stands in it, so that it is taken before the index over all jobs. What is over leaves it.
CREATE INDEX job_of_open ON job (instance, ended, state) WHERE ended IS NULL;
