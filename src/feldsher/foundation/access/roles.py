"""The roles of staff by their codes; the codes stand in grants and on the command line and never change."""

from enum import StrEnum


class Role(StrEnum):
    """Who somebody is at work. What each may see and do is the matrix's matter (`matrix`)."""

    ATTENDING_DOCTOR = "attending_doctor"
    HEAD_OF_DEPARTMENT = "head_of_department"
    OTHER_DOCTOR = "other_doctor"
    CONSULTANT = "consultant"
    NURSE = "nurse"
    LAB_STAFF = "lab_staff"
    REGISTRAR = "registrar"
    CALL_CENTRE = "call_centre"
    INSURANCE_DESK = "insurance_desk"
    CASHIER = "cashier"
    PHARMACIST = "pharmacist"
    CHIEF_PHYSICIAN = "chief_physician"
    DATA_PROTECTION = "data_protection"
    SECURITY_AUDITOR = "security_auditor"
    EDITOR = "editor"
    SYSTEM_ADMIN = "system_admin"

    @property
    def russian(self) -> str:
        """Return the Russian name of the role."""
        return _TITLES[self]


_TITLES = {
    Role.ATTENDING_DOCTOR: "лечащий врач",
    Role.HEAD_OF_DEPARTMENT: "заведующий отделением",
    Role.OTHER_DOCTOR: "врач клиники",
    Role.CONSULTANT: "консультант",
    Role.NURSE: "медсестра",
    Role.LAB_STAFF: "сотрудник лаборатории",
    Role.REGISTRAR: "регистратор",
    Role.CALL_CENTRE: "оператор колл-центра",
    Role.INSURANCE_DESK: "отдел страхования",
    Role.CASHIER: "кассир, бухгалтер",
    Role.PHARMACIST: "фармацевт",
    Role.CHIEF_PHYSICIAN: "главный врач",
    Role.DATA_PROTECTION: "ответственный за персональные данные",
    Role.SECURITY_AUDITOR: "аудитор безопасности",
    Role.EDITOR: "редактор",
    Role.SYSTEM_ADMIN: "системный администратор",
}


class CareKind(StrEnum):
    """By what a patient is in a doctor's care."""

    ATTENDING = "attending"
    REFERRAL = "referral"
