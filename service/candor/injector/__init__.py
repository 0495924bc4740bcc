"""Puts Candor beside the app: a mutating webhook of Kubernetes, which needs nothing else of the
service to run. `Injector` decides, `app.py` answers, `keeping.py` minds the certificates."""
