"""Work for later: deferred in the transaction of the change that wants it, done at least once, by Procrastinate.

queue: deferring. functions: what is done. timers: due dates become jobs. worker: the thread or process that does it.
sqlite_connector, sqlite_queries: Procrastinate's queue on our SQLite file. schema: the tables of the queue.
"""
