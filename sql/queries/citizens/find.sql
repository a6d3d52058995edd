-- The records of these numbers, with what their reading depends on: which of the numbers that a record
-- names belong to protected people, nearly always none. A number nobody has gives the record of the next
-- smaller one, which whoever reads throws away: else a question about nobody would be answered sooner than one
-- about somebody, for it would read nothing.
SELECT
    c.personal_id, c.revision, c.recorded_at, c.full_name, c.birth_date, c.sex, c.old_id_numbers,
    c.family_name, c.middle_name, c.given_name, c.other_name, c.nationality, c.ethnicity_code,
    c.ethnicity_scheme, c.religion_code, c.religion_scheme, c.blood_type,
    c.place_of_birth_country, c.place_of_birth_province_code, c.place_of_birth_district_code,
    c.place_of_birth_commune_code, c.place_of_birth_detail, c.place_of_birth_recorded_on,
    c.birth_registration_place_country, c.birth_registration_place_province_code,
    c.birth_registration_place_district_code, c.birth_registration_place_commune_code,
    c.birth_registration_place_detail, c.birth_registration_place_recorded_on,
    c.place_of_origin_country, c.place_of_origin_province_code, c.place_of_origin_district_code,
    c.place_of_origin_commune_code, c.place_of_origin_detail, c.place_of_origin_recorded_on,
    c.permanent_residence_country, c.permanent_residence_province_code,
    c.permanent_residence_district_code, c.permanent_residence_commune_code,
    c.permanent_residence_detail, c.permanent_residence_recorded_on,
    c.temporary_residence_country, c.temporary_residence_province_code,
    c.temporary_residence_district_code, c.temporary_residence_commune_code,
    c.temporary_residence_detail, c.temporary_residence_recorded_on, c.current_residence_country,
    c.current_residence_province_code, c.current_residence_district_code,
    c.current_residence_commune_code, c.current_residence_detail,
    c.current_residence_recorded_on, c.absence_declaration_from, c.absence_declaration_to,
    c.residence_file_number, c.card_number, c.card_kind, c.card_issued_on, c.card_issued_by,
    c.card_expires_on, c.marital_status, c.father_full_name, c.father_personal_id,
    c.father_old_id_number, c.father_nationality, c.mother_full_name, c.mother_personal_id,
    c.mother_old_id_number, c.mother_nationality, c.spouse_full_name, c.spouse_personal_id,
    c.spouse_old_id_number, c.spouse_nationality, c.children, c.legal_representative_full_name,
    c.legal_representative_personal_id, c.legal_representative_old_id_number,
    c.legal_representative_nationality, c.represented_persons, c.relation_to_head,
    c.household_head_full_name, c.household_head_personal_id, c.household_head_old_id_number,
    c.household_head_nationality, c.household_members, c.mobile_number, c.email, c.protected,
    c.status_kind, c.status_since, c.status_superseded_by,
    ARRAY(
        SELECT p.number
        FROM unnest(c.relative_numbers) AS n (number)
        CROSS JOIN LATERAL (
            -- Looked up one by one: to join with all of them would cost more the more there are.
            SELECT p.number FROM register.protected_number AS p WHERE p.number = n.number LIMIT 1
        ) AS p
    ) AS protected_numbers,
    CASE WHEN c.status_superseded_by IS NOT NULL
        THEN register.current_number(c.status_superseded_by::text)
    END AS current_number,
    asked.number AS asked_number
FROM unnest($1::text[]) AS asked (number)
CROSS JOIN LATERAL (
    -- A walk down the index, whatever the planner knows of the table.
    SELECT * FROM register.citizen AS p
    WHERE p.personal_id <= asked.number ORDER BY p.personal_id DESC LIMIT 1
) AS c
