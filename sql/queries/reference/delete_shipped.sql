WITH province AS (DELETE FROM reference.province WHERE shipped),
     district AS (DELETE FROM reference.district WHERE shipped),
     commune AS (DELETE FROM reference.commune WHERE shipped),
     province_conversion AS (DELETE FROM reference.province_conversion WHERE shipped),
     commune_conversion AS (DELETE FROM reference.commune_conversion WHERE shipped),
     ethnic_group AS (DELETE FROM reference.ethnic_group WHERE shipped),
     religion AS (DELETE FROM reference.religion WHERE shipped),
     number_prefix AS (DELETE FROM reference.number_prefix WHERE shipped)
DELETE FROM reference.coded_value WHERE shipped
