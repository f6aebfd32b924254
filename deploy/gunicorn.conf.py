"""gunicorn instead of `renkedu serve`: gunicorn -c gunicorn.conf.py 'survey.app:create_app()'.

There is no access log: the address of a link holds a respondent's code. The error log of gunicorn
quotes no addresses.
"""

bind = "127.0.0.1:8000"
workers = 2  # one for each core
worker_class = "gthread"
threads = 16  # most of them wait for a commit, and the more wait the more one commit holds
keepalive = 75  # seconds; longer than nginx keeps its connections
backlog = 1024
timeout = 120
graceful_timeout = 20
accesslog = None
limit_request_line = 4094
