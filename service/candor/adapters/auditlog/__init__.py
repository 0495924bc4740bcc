"""The audit log as files: who asked, and what they were told."""

from candor.adapters.auditlog.config import AuditLogConfig
from candor.adapters.auditlog.tally import AuditLogTally

__all__ = ["AuditLogConfig", "AuditLogTally"]
