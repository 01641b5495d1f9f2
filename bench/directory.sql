-- The directory of the bench's clinic, so that a page can list its doctors. Variables: doctors.
INSERT INTO directory_organization (id, mis_values, name, full_name, inn, ogrn, licence_number, licence_issuer, address,
                                    phone, contract_url, guarantees_url, complaints_url, authorities_url, created_at)
VALUES (md5('organization')::uuid, '{}', 'Примерная клиника', '', '', '', '', '', '', '', '', '', '', '', clock_timestamp());

INSERT INTO directory_location (id, mis_values, organization_id, name, zone, city, city_where, address, phone, hours,
                                latitude, longitude, company_id, rubrics, metro, directions)
SELECT md5('branch ' || b)::uuid, '{}', md5('organization')::uuid, 'Филиал ' || b,
       (ARRAY['Europe/Moscow', 'Asia/Yekaterinburg', 'Europe/Kaliningrad'])[b + 1], 'Город ' || b, '', 'Условная ул., ' || b,
       '+79210000001', 'Ежедневно 08:00–20:00', 55 + b, 37 + b, '', '', '', ''
FROM generate_series(0, 2) AS b;

INSERT INTO directory_specialty (id, mis_values, slug, text, key, title)
SELECT md5('specialty ' || s)::uuid, '{}', 'specialty-' || s, 'Специальность ' || s, 'специальность ' || s, 'врач ' || s
FROM generate_series(0, 19) AS s;

INSERT INTO directory_practitioner (id, mis_values, family, given, middle, about, sort_name, degree, rank, category,
                                    education, certificates)
SELECT md5('doctor ' || d)::uuid, '{}', 'Небывалов' || d, 'Пример', 'Образцович', '', 'небывалов ' || d, '', '', '', '', ''
FROM generate_series(0, %(doctors)s - 1) AS d;

INSERT INTO directory_practitioner_role (id, practitioner_id, location_id, specialty_id, mis, remote_id)
SELECT md5('role ' || d)::uuid, md5('doctor ' || d)::uuid, md5('branch ' || mod(d, 3))::uuid,
       md5('specialty ' || mod(d, 20))::uuid, 'bench', d::text
FROM generate_series(0, %(doctors)s - 1) AS d;
