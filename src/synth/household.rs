//! Who lives with whom: couples, their unmarried children, and sometimes three generations.

use super::BLOCK;
use super::dice::Dice;
use super::family::Family;
use super::plan::Role;
use crate::domain::sex::Sex;

/// The households of a block.
#[derive(Clone, Debug, Default)]
pub(super) struct Households {
    /// By seat, the seat whose dwelling it is.
    dwelling: [u8; BLOCK],
    /// By dwelling, the head of those who live there; none where nobody does.
    heads: [Option<u8>; BLOCK],
    /// By seat, whether the person counts as a member.
    is_member: [bool; BLOCK],
}

impl Households {
    /// Draws them for a family whose marriages are known.
    pub(super) fn draw(family: &Family<'_>, dice: &mut Dice) -> Self {
        let mut this = Self::default();
        let mut to: [usize; BLOCK] = std::array::from_fn(|seat| seat);
        let mut is_full = [false; BLOCK];
        for (seat, draft) in family.drafts.iter().enumerate() {
            let (with_parents, stays) = (dice.chance(3_000), dice.chance(8_000));
            let parents = family.plan.seats[seat].parents;
            let home = parents.map(|_| mother_or_father(family, seat));
            let partner = family.plan.seats[seat].partner.map(usize::from);
            match partner.filter(|_| !draft.is_divorced) {
                // Widows and widowers stay where the couple lived.
                Some(partner) if partner < seat => to[seat] = partner,
                // One married child at most goes on living with the parents.
                Some(_) => {
                    if let Some(home) = home
                        && with_parents
                        && home < seat
                        && !std::mem::replace(&mut is_full[home], true)
                    {
                        to[seat] = home;
                    }
                }
                None => {
                    if let Some(home) = home
                        && (!draft.is_adult() || (stays && partner.is_none() && draft.age() < 40))
                    {
                        to[seat] = home;
                    }
                }
            }
        }
        for seat in 0..BLOCK {
            let mut at = seat;
            while to[at] != at {
                at = to[at];
            }
            this.dwelling[seat] = small(at);
            this.is_member[seat] = family.drafts[seat].lives();
        }
        this.take_in_minors(family);
        for dwelling in 0..BLOCK {
            this.heads[dwelling] = this.find_head(family, dwelling).map(small);
        }
        for seat in 0..BLOCK {
            this.is_member[seat] &= this.heads[usize::from(this.dwelling[seat])].is_some();
        }
        this
    }

    /// The seat whose dwelling the person lives in, or last lived in.
    pub(super) fn dwelling(&self, seat: usize) -> usize {
        self.dwelling[seat].into()
    }

    /// The head of the household somebody is a member of.
    pub(super) fn head(&self, seat: usize) -> Option<usize> {
        let head = self.heads[self.dwelling(seat)].filter(|_| self.is_member[seat]);
        head.map(usize::from)
    }

    /// All members of somebody's household, themselves included.
    pub(super) fn members(&self, seat: usize) -> impl Iterator<Item = usize> {
        let dwelling = self.dwelling[seat];
        (0..BLOCK).filter(move |other| {
            self.is_member[seat] && self.is_member[*other] && self.dwelling[*other] == dwelling
        })
    }

    /// Minors left without an adult live with another family of the block, if there is one.
    fn take_in_minors(&mut self, family: &Family<'_>) {
        let is_adult = |seat: &usize| {
            let draft = &family.drafts[*seat];
            draft.lives() && draft.is_adult()
        };
        let kin = |seat: &usize| family.plan.seats[*seat].role == Role::Kin;
        let Some(host) = (0..BLOCK).filter(kin).find(is_adult) else {
            return;
        };
        for seat in 0..BLOCK {
            let alone = !(0..BLOCK)
                .any(|other| self.dwelling[other] == self.dwelling[seat] && is_adult(&other));
            if alone && family.drafts[seat].lives() {
                self.dwelling[seat] = self.dwelling[host];
            }
        }
    }

    /// The husband, else the wife, of the couple the dwelling is named after; else the oldest adult.
    fn find_head(&self, family: &Family<'_>, dwelling: usize) -> Option<usize> {
        let mut adults = (0..BLOCK).filter(|seat| {
            let draft = &family.drafts[*seat];
            self.dwelling(*seat) == dwelling && draft.lives() && draft.is_adult()
        });
        let partner = family.drafts[dwelling].spouse.map(usize::from);
        let couple = [Some(dwelling), partner].into_iter().flatten();
        let of_couple = couple
            .filter(|seat| adults.clone().any(|adult| adult == *seat))
            .max_by_key(|seat| (family.drafts[*seat].sex == Sex::Male, *seat));
        of_couple.or_else(|| {
            let first = adults.next()?;
            Some(adults.fold(first, |oldest, seat| {
                if family.drafts[seat].born < family.drafts[oldest].born {
                    seat
                } else {
                    oldest
                }
            }))
        })
    }
}

/// Whose dwelling children grow up in: the mother's after a divorce, else the couple's.
fn mother_or_father(family: &Family<'_>, child: usize) -> usize {
    let mother = family.parent(child, Sex::Female);
    let father = family.parent(child, Sex::Male);
    let (mother, father) = mother.zip(father).expect("a couple is a man and a woman");
    match (family.drafts[mother].lives(), family.drafts[father].lives()) {
        (false, true) => father,
        (true, _) | (false, false) => mother,
    }
}

/// What a member is to the head, in the words of the residence forms.
pub(super) fn relation(family: &Family<'_>, head: usize, member: usize) -> &'static str {
    let draft = &family.drafts[member];
    let by_sex = |man, woman| if draft.sex == Sex::Male { man } else { woman };
    let parents = |seat: usize| family.plan.seats[seat].parents;
    let is_child = |child: usize, of: usize| family.children(of).any(|c| c == child);
    let spouse = |seat: usize| family.drafts[seat].spouse.map(usize::from);
    if head == member {
        "Chủ hộ"
    } else if spouse(head) == Some(member) {
        by_sex("Chồng", "Vợ")
    } else if is_child(member, head) {
        "Con"
    } else if spouse(member).is_some_and(|other| is_child(other, head)) {
        by_sex("Con rể", "Con dâu")
    } else if is_child(head, member) {
        by_sex("Cha", "Mẹ")
    } else if spouse(head).is_some_and(|other| is_child(other, member)) {
        if family.drafts[head].sex == Sex::Male {
            by_sex("Cha vợ", "Mẹ vợ")
        } else {
            by_sex("Cha chồng", "Mẹ chồng")
        }
    } else if family.children(head).any(|child| is_child(member, child)) {
        "Cháu"
    } else if parents(head).is_some() && parents(head) == parents(member) {
        if draft.born > family.drafts[head].born {
            "Em"
        } else {
            by_sex("Anh", "Chị")
        }
    } else if spouse(head).is_some_and(|other| is_child(member, other)) {
        "Con riêng"
    } else {
        "Người cùng hộ"
    }
}

fn small(seat: usize) -> u8 {
    u8::try_from(seat).expect("a block has few seats")
}
