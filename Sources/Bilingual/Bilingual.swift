// Bilingual
