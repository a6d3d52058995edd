//! The 63 provinces of the number prefixes: how many people they have and which peoples live there.

/// A province as it was until June 2025.
#[derive(Debug)]
pub(super) struct Province {
    /// The two digits of its code; the number prefix is `0` and these.
    pub(super) code: &'static [u8; 2],
    /// People in thousands, rounded, as the census of 2019 counted them.
    pub(super) thousands: u16,
    /// Peoples other than the Kinh, in thousandths, estimated from the census of 2019.
    pub(super) peoples: &'static [(&'static str, u16)],
}

impl Province {
    /// The prefix of personal numbers, as a number.
    pub(super) fn prefix(&self) -> u64 {
        self.code
            .iter()
            .fold(0, |value, digit| value * 10 + u64::from(digit - b'0'))
    }
}

const fn province(
    code: &'static [u8; 2],
    thousands: u16,
    peoples: &'static [(&'static str, u16)],
) -> Province {
    Province {
        code,
        thousands,
        peoples,
    }
}

/// In the order of their codes.
pub(super) static PROVINCES: [Province; 63] = [
    province(b"01", 8054, &[("Mường", 8), ("Tày", 3)]),
    province(
        b"02",
        855,
        &[("Mông", 340), ("Tày", 230), ("Dao", 150), ("Nùng", 95)],
    ),
    province(
        b"04",
        530,
        &[("Tày", 410), ("Nùng", 300), ("Mông", 115), ("Dao", 105)],
    ),
    province(
        b"06",
        314,
        &[("Tày", 520), ("Dao", 180), ("Nùng", 90), ("Mông", 75)],
    ),
    province(
        b"08",
        785,
        &[("Tày", 260), ("Dao", 135), ("Sán Chay", 90), ("Mông", 30)],
    ),
    province(
        b"10",
        730,
        &[
            ("Mông", 250),
            ("Tày", 150),
            ("Dao", 140),
            ("Giáy", 45),
            ("Nùng", 40),
        ],
    ),
    province(b"11", 599, &[("Mông", 380), ("Thái", 360), ("Khơ Mú", 33)]),
    province(
        b"12",
        460,
        &[("Thái", 310), ("Mông", 235), ("Dao", 140), ("Hà Nhì", 35)],
    ),
    province(
        b"14",
        1248,
        &[("Thái", 535), ("Mông", 160), ("Mường", 67), ("Khơ Mú", 12)],
    ),
    province(
        b"15",
        821,
        &[("Tày", 180), ("Mông", 130), ("Dao", 125), ("Thái", 75)],
    ),
    province(
        b"17",
        854,
        &[("Mường", 630), ("Thái", 40), ("Tày", 30), ("Dao", 20)],
    ),
    province(
        b"19",
        1287,
        &[("Tày", 120), ("Nùng", 75), ("Sán Dìu", 45), ("Dao", 25)],
    ),
    province(b"20", 782, &[("Nùng", 430), ("Tày", 360), ("Dao", 36)]),
    province(b"22", 1320, &[("Dao", 55), ("Tày", 32), ("Sán Dìu", 15)]),
    province(b"24", 1804, &[("Nùng", 53), ("Tày", 33), ("Sán Dìu", 19)]),
    province(b"25", 1464, &[("Mường", 150), ("Dao", 10)]),
    province(b"26", 1151, &[("Sán Dìu", 40)]),
    province(b"27", 1369, &[]),
    province(b"30", 1892, &[]),
    province(b"31", 2029, &[]),
    province(b"33", 1253, &[]),
    province(b"34", 1860, &[]),
    province(b"35", 853, &[]),
    province(b"36", 1780, &[]),
    province(b"37", 983, &[("Mường", 28)]),
    province(b"38", 3640, &[("Mường", 104), ("Thái", 65), ("Mông", 5)]),
    province(b"40", 3328, &[("Thái", 102), ("Khơ Mú", 13), ("Mông", 10)]),
    province(b"42", 1289, &[]),
    province(b"44", 895, &[("Bru Vân Kiều", 22)]),
    province(b"45", 632, &[("Bru Vân Kiều", 110), ("Tà Ôi", 25)]),
    province(b"46", 1129, &[("Tà Ôi", 30), ("Cơ Tu", 15)]),
    province(b"48", 1134, &[("Cơ Tu", 2)]),
    province(b"49", 1496, &[("Cơ Tu", 40), ("Xơ Đăng", 32)]),
    province(b"51", 1232, &[("Hrê", 107), ("Co", 25)]),
    province(b"52", 1487, &[("Ba Na", 14)]),
    province(b"54", 962, &[("Ê Đê", 29), ("Chăm", 25)]),
    province(b"56", 1231, &[("Raglay", 45)]),
    province(b"58", 591, &[("Raglay", 120), ("Chăm", 115)]),
    province(b"60", 1231, &[("Chăm", 32), ("Raglay", 14)]),
    province(
        b"62",
        540,
        &[
            ("Xơ Đăng", 247),
            ("Ba Na", 126),
            ("Gié Triêng", 73),
            ("Gia Rai", 47),
        ],
    ),
    province(b"64", 1514, &[("Gia Rai", 303), ("Ba Na", 125)]),
    province(
        b"66",
        1869,
        &[("Ê Đê", 187), ("Nùng", 41), ("Tày", 28), ("Mnông", 26)],
    ),
    province(b"67", 622, &[("Mnông", 80), ("Mông", 55), ("Nùng", 45)]),
    province(b"68", 1297, &[("Cơ Ho", 135), ("Mạ", 28), ("Nùng", 12)]),
    province(b"70", 995, &[("Xtiêng", 97), ("Nùng", 24), ("Khmer", 19)]),
    province(b"72", 1169, &[("Khmer", 7)]),
    province(b"74", 2427, &[("Hoa", 8), ("Khmer", 12)]),
    province(b"75", 3097, &[("Hoa", 28), ("Chơ Ro", 5)]),
    province(b"77", 1148, &[("Hoa", 9), ("Chơ Ro", 7)]),
    province(b"79", 8993, &[("Hoa", 43), ("Khmer", 6)]),
    province(b"80", 1689, &[]),
    province(b"82", 1764, &[]),
    province(b"83", 1288, &[]),
    province(b"84", 1009, &[("Khmer", 315), ("Hoa", 6)]),
    province(b"86", 1023, &[("Khmer", 22)]),
    province(b"87", 1599, &[]),
    province(b"89", 1908, &[("Khmer", 40), ("Chăm", 6)]),
    province(b"91", 1723, &[("Khmer", 123), ("Hoa", 15)]),
    province(b"92", 1235, &[("Khmer", 17), ("Hoa", 10)]),
    province(b"93", 733, &[("Khmer", 29)]),
    province(b"94", 1200, &[("Khmer", 302), ("Hoa", 52)]),
    province(b"95", 907, &[("Khmer", 80), ("Hoa", 19)]),
    province(b"96", 1194, &[("Khmer", 22)]),
];
