DROP TRIGGER patients_consent_is_proof ON patients_consent;
DROP TRIGGER patients_consent_text_is_final ON patients_consent_text;
DROP FUNCTION patients_guard_consent();
DROP FUNCTION patients_refuse_change();
