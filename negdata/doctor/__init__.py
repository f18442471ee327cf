"""Says what works on this machine, and mends what doesn't in one line each.

from negdata.doctor import DoctorSettings, diagnose

diagnosis = diagnose(DoctorSettings(purpose="caption", backend="ollama"))
"""

from __future__ import annotations

from negdata.doctor.diagnosis import Diagnosis, Finding
from negdata.doctor.run import diagnose
from negdata.doctor.settings import PURPOSES, DoctorSettings

__all__ = ["PURPOSES", "Diagnosis", "DoctorSettings", "Finding", "diagnose"]
