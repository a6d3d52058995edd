//! How the peoples of Vietnam name their children: short lists, from which names are drawn.
//!
//! Forms, not frequencies: they are here so that no code takes every name for a Kinh one.

use super::dice::Dice;
use super::names::Parts;
use crate::domain::sex::Sex;

/// A people and its names.
#[derive(Debug)]
pub(super) struct People {
    /// As the list of ethnic groups has it.
    pub(super) name: &'static str,
    families: &'static [&'static str],
    form: Form,
}

/// How a name is put together.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// As the Kinh do, under the people's own family names.
    Kinh,
    /// Family, a middle name that says the sex, given name.
    Middle {
        male: &'static [&'static str],
        female: &'static [&'static str],
        men: &'static [&'static str],
        women: &'static [&'static str],
    },
    /// The given name first, the clan last, children in their mother's clan (`H'Hen Niê`).
    ClanLast {
        men: &'static [&'static str],
        women: &'static [&'static str],
    },
    /// A mark of the sex and a given name; no family name (`A Thảo`, `K'Brel`).
    Mark {
        men: &'static [&'static str],
        women: &'static [&'static str],
    },
}

const KINH: usize = 0;

impl People {
    /// The one of that name, by index into [`PEOPLES`].
    pub(super) fn index_of(name: &str) -> usize {
        PEOPLES
            .iter()
            .position(|people| people.name == name)
            .unwrap_or(KINH)
    }

    /// Whether children are of their mother's clan.
    pub(super) const fn is_matrilineal(&self) -> bool {
        matches!(self.form, Form::ClanLast { .. })
    }

    /// A family name or clan; none where there is no such thing.
    pub(super) fn family(&self, dice: &mut Dice) -> Option<&'static str> {
        (!self.families.is_empty()).then(|| dice.pick_early(self.families))
    }

    /// A name in that family, or none where the people's names are formed as the Kinh's are.
    pub(super) fn name(
        &self,
        family: Option<&'static str>,
        sex: Sex,
        dice: &mut Dice,
    ) -> Option<Parts> {
        let of = |men, women| if sex == Sex::Female { women } else { men };
        match self.form {
            Form::Kinh => None,
            Form::Middle {
                male,
                female,
                men,
                women,
            } => {
                let middles: &[&str] = of(male, female);
                let middle = (!middles.is_empty()).then(|| dice.pick(middles));
                Some(Parts {
                    family,
                    middle: [middle, None],
                    given: dice.pick(of(men, women)),
                    family_last: false,
                })
            }
            Form::ClanLast { men, women } => Some(Parts {
                family,
                middle: [None, None],
                given: dice.pick(of(men, women)),
                family_last: true,
            }),
            Form::Mark { men, women } => Some(Parts {
                family: None,
                middle: [None, None],
                given: dice.pick(of(men, women)),
                family_last: false,
            }),
        }
    }
}

const fn kinh_form(name: &'static str, families: &'static [&'static str]) -> People {
    People {
        name,
        families,
        form: Form::Kinh,
    }
}

const fn marked(
    name: &'static str,
    men: &'static [&'static str],
    women: &'static [&'static str],
) -> People {
    People {
        name,
        families: &[],
        form: Form::Mark { men, women },
    }
}

const KON_TUM_MEN: &[&str] = &[
    "A Thảo",
    "A Byưh",
    "A Đeng",
    "A Khuôn",
    "A Lương",
    "A Pyưn",
    "A Tủi",
    "A Vượng",
    "A Brôl Vẻ",
    "Glưi",
];
const KON_TUM_WOMEN: &[&str] = &[
    "Y Mai",
    "Y Blưi",
    "Y Nhiên",
    "Y Hlen",
    "Y Pưi",
    "Y Thu Hà",
    "Y Brơi",
    "Y Xuôi",
    "Y Ngân",
    "Hnhưn",
];

/// The Kinh first.
pub(super) static PEOPLES: [People; 31] = [
    kinh_form("Kinh", &[]),
    kinh_form(
        "Tày",
        &[
            "Nông", "Hoàng", "Lý", "Triệu", "Hà", "Bế", "Đàm", "Vi", "Ma", "Lương",
        ],
    ),
    kinh_form(
        "Thái",
        &[
            "Lò", "Lường", "Quàng", "Cà", "Tòng", "Vì", "Cầm", "Lô", "Vi", "Bạc",
        ],
    ),
    kinh_form(
        "Mường",
        &[
            "Bùi", "Đinh", "Quách", "Hà", "Phạm", "Bạch", "Cao", "Trương",
        ],
    ),
    kinh_form(
        "Nùng",
        &[
            "Nông", "Hoàng", "Lương", "Vi", "Lục", "Mã", "Hứa", "Chu", "Linh",
        ],
    ),
    kinh_form(
        "Hoa",
        &[
            "Trần", "Lý", "Lâm", "Quách", "Vương", "Mã", "Tăng", "La", "Trương", "Châu", "Phù",
        ],
    ),
    kinh_form(
        "Sán Dìu",
        &["Lý", "Trương", "Lưu", "Ninh", "Từ", "Diệp", "Tạ"],
    ),
    kinh_form(
        "Sán Chay",
        &["Hoàng", "La", "Ninh", "Tiêu", "Trần", "Lục", "Sầm"],
    ),
    kinh_form("Giáy", &["Vàng", "Lù", "Nông", "Hoàng", "Sần", "Phàn"]),
    kinh_form(
        "Khơ Mú",
        &["Lường", "Cụt", "Moong", "Lữ", "Quàng", "Ốc", "Cút"],
    ),
    kinh_form("Bru Vân Kiều", &["Hồ"]),
    kinh_form("Tà Ôi", &["Hồ", "Lê", "Viên", "Kê"]),
    kinh_form(
        "Cơ Tu",
        &[
            "A Lăng",
            "Bling",
            "Zơ Râm",
            "Pơ Loong",
            "Bhnướch",
            "Ríah",
            "Hốih",
            "Arất",
        ],
    ),
    kinh_form("Hrê", &["Phạm", "Đinh"]),
    kinh_form("Co", &["Hồ"]),
    kinh_form("Chơ Ro", &["Thổ", "Văn", "Điểu", "Tòng", "Đào"]),
    People {
        name: "Mông",
        families: &[
            "Giàng", "Vàng", "Sùng", "Thào", "Lý", "Lầu", "Hờ", "Mùa", "Cứ", "Và", "Ly", "Hạng",
        ],
        form: Form::Middle {
            male: &["A", "Văn", "Mí", "Seo", "Bá"],
            female: &["Thị", "Thị", "Y", "Seo"],
            men: &[
                "Páo", "Dơ", "Sính", "Tủa", "Chư", "Pó", "Lử", "Sử", "Vảng", "Nhè", "Dình", "Phình",
            ],
            women: &[
                "Mỷ", "Dợ", "Súa", "Pà", "Chở", "Máy", "Xía", "Sùa", "Ganh", "Dí", "Cở", "Vá",
            ],
        },
    },
    People {
        name: "Dao",
        families: &["Triệu", "Bàn", "Đặng", "Phùng", "Lý", "Chảo", "Tẩn", "Phàn"],
        form: Form::Middle {
            male: &["Láo", "Sành", "Vần", "Tài", "Văn", "A"],
            female: &["Mùi", "Thị", "Mẩy", "Tả"],
            men: &["Sang", "Tả", "Phâu", "Lở", "Quyên", "Chòi", "San", "Kinh"],
            women: &["Mẩy", "Ghển", "Nái", "Pham", "Chẹ", "Liều", "Coi", "Viện"],
        },
    },
    People {
        name: "Khmer",
        families: &[
            "Thạch", "Kim", "Sơn", "Lâm", "Danh", "Châu", "Kiên", "Thị", "Trà",
        ],
        form: Form::Middle {
            male: &[],
            female: &["Thị"],
            men: &[
                "Sóc Kha",
                "Đa Ra",
                "Sa Phia",
                "Rươl",
                "Hiên",
                "Sô Thia",
                "Vanna",
                "Thươl",
                "Chanh Đa Ra",
            ],
            women: &[
                "Sa Rây",
                "Đa Ni",
                "Sô Phi",
                "Sươne",
                "Sà Vi",
                "Chanh Thu",
                "Pha La",
                "Rươne",
            ],
        },
    },
    People {
        name: "Hà Nhì",
        families: &["Pờ", "Lỳ", "Chu", "Vù", "Khoàng", "Sừng", "Ly"],
        form: Form::Middle {
            male: &["Xè", "Lòng", "Hừ", "Gạ"],
            female: &["Mì", "Xó", "Pứ", "Gió"],
            men: &["Chừ", "Tư", "Cà", "Pư", "Xá", "Sinh"],
            women: &["De", "Nu", "Xó", "Pư", "Gư", "Me"],
        },
    },
    People {
        name: "Chăm",
        families: &[
            "Thành", "Kiều", "Quảng", "Bá", "Từ", "Hán", "Đàng", "Lưu", "Đạo", "Báo",
        ],
        form: Form::Middle {
            male: &["Văn", "Ngọc", "Đại", "Năng", "Xuân"],
            female: &["Thị", "Thị", "Nữ"],
            men: &["Có", "Hồng", "Phước", "Tỷ", "Phú", "Quyền", "Sinu", "Đủ"],
            women: &[
                "Maily",
                "Thoa",
                "Diễm",
                "Hà Quyên",
                "Sa Mi",
                "Bích Hạ",
                "Xinh",
                "Đượm",
            ],
        },
    },
    People {
        name: "Gia Rai",
        families: &[
            "Siu",
            "Rơ Châm",
            "Ksor",
            "Kpă",
            "Rơ Mah",
            "Nay",
            "Rah Lan",
            "Puih",
            "Rcom",
        ],
        form: Form::Middle {
            male: &[],
            female: &[],
            men: &[
                "Blơ", "Thul", "Phước", "Y Thanh", "Hyưk", "Đức", "Tơk", "Klưk", "Chăn",
            ],
            women: &[
                "H'Lan",
                "H'Bơn",
                "H'Nguyên",
                "H'Ngir",
                "H'Đơm",
                "Phyin",
                "H'Uyên",
                "Blech",
            ],
        },
    },
    People {
        name: "Ê Đê",
        families: &[
            "Niê", "Mlô", "Êban", "Ayŭn", "Kbuôr", "Hđơk", "Byă", "Êñuôl", "Adrơng", "Kđoh", "Ksơr",
        ],
        form: Form::ClanLast {
            men: &[
                "Y Wăn",
                "Y Moan",
                "Y Thịnh",
                "Y Bhĭt",
                "Y Krông",
                "Y Tlur",
                "Y Sĭ",
                "Y Nguôn",
                "Y Quang",
            ],
            women: &[
                "H'Hen", "H'Bia", "H Linh", "H'Nhuôn", "H’Yar", "H' Wơm", "H'Duyên", "H'Rin",
                "H Mrai",
            ],
        },
    },
    marked("Ba Na", KON_TUM_MEN, KON_TUM_WOMEN),
    marked("Xơ Đăng", KON_TUM_MEN, KON_TUM_WOMEN),
    marked("Gié Triêng", KON_TUM_MEN, KON_TUM_WOMEN),
    marked(
        "Cơ Ho",
        &[
            "K'Brel",
            "K'Tếu",
            "K'Broh",
            "K' Sáu",
            "K'Brêo",
            "K'Thế",
            "Ha Hoàng",
            "Krajăn Dick",
        ],
        &[
            "Ka Thủy",
            "Ka Nhri",
            "Ka Dếu",
            "Ka Brèm",
            "Ka Hương",
            "K'Duyên",
            "Cil Nga",
            "Ka Ến",
        ],
    ),
    marked(
        "Mạ",
        &["K'Bảy", "K'Vinh", "K'Điệp", "K'Tiêng", "K'Brồi"],
        &["Ka Rỉnh", "Ka Đủm", "Ka Bình", "Ka Sương"],
    ),
    marked(
        "Xtiêng",
        &[
            "Điểu Krang",
            "Điểu Ơi",
            "Điểu Hơn",
            "Điểu Lên",
            "Điểu Minh",
            "Điểu Bách",
        ],
        &[
            "Thị Mai",
            "Thị Khui",
            "Thị Giôn",
            "Thị Đép",
            "Thị Brơi",
            "Thị Bé",
        ],
    ),
    marked(
        "Mnông",
        &[
            "Điểu Kâu",
            "Y Krang",
            "Điểu N'Đung",
            "Y Dơn",
            "Điểu Nhép",
            "Y Thuyên",
        ],
        &[
            "Thị Lanh",
            "H'Mai",
            "Thị Ngơn",
            "H'Giang",
            "Thị Jrang",
            "H'Bớ",
        ],
    ),
    People {
        name: "Raglay",
        families: &[
            "Chamaléa",
            "Cao",
            "Mấu",
            "Pi Năng",
            "Katơr",
            "Bo Bo",
            "Tro",
            "Cao",
        ],
        form: Form::Middle {
            male: &["Văn", "Xuân"],
            female: &["Thị"],
            men: &["Hiếu", "Đức", "Nghiệp", "Thiếp", "Điệp", "Bịch"],
            women: &["Hường", "Thiết", "Lép", "Bưởi", "Chăng", "Tuyển"],
        },
    },
];
