//! Colors as SmartThings writes them (model.md C2).

use crate::model::{Color, DeviceError, Number};

/// Degrees 0-359 from hundredths of the circle.
pub(super) fn degrees(hundredths: Number) -> Result<i64, DeviceError> {
    if hundredths < Number::ZERO || hundredths > Number::from(100) {
        return Err(DeviceError::InvalidValue);
    }
    let degrees = hundredths.times(Number::from_parts(36, 1)).ok_or(DeviceError::InvalidValue)?;
    Ok(degrees.round() % 360)
}

/// Hue and saturation of `#RRGGBB`; how bright it is, is not looked at.
pub(super) fn from_hex(text: &str) -> Option<Color> {
    let digits = text.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let rgb = i64::from_str_radix(digits, 16).ok()?;
    let (red, green, blue) = (rgb >> 16, rgb >> 8 & 0xff, rgb & 0xff);
    let max = red.max(green).max(blue);
    let spread = max - red.min(green).min(blue);
    if spread == 0 {
        return Color::new(0, 0);
    }
    // Sixths of the circle from the largest part on, in units of `spread`.
    let sixths = if max == red {
        (green - blue).rem_euclid(6 * spread)
    } else if max == green {
        blue - red + 2 * spread
    } else {
        red - green + 4 * spread
    };
    let rounded = |numerator: i64, denominator: i64| (2 * numerator + denominator) / (2 * denominator);
    Color::new(rounded(sixths * 60, spread), rounded(spread * 100, max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_colors() {
        for (hex, hue, saturation) in [
            ("#ff0000", 0, 100),
            ("#FFFF00", 60, 100),
            ("#00ff00", 120, 100),
            ("#00ffff", 180, 100),
            ("#0000ff", 240, 100),
            ("#ff00ff", 300, 100),
            ("#804040", 0, 50),
            ("#ff0001", 0, 100),
            ("#000000", 0, 0),
            ("#ffffff", 0, 0),
        ] {
            let color = from_hex(hex).unwrap();
            assert_eq!((color.hue(), color.saturation()), (hue, saturation), "{hex}");
        }
        for bad in ["", "#", "ff0000", "#ff000", "#ff00000", "#gg0000", "#+f0000", "#é0000"] {
            assert_eq!(from_hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_degree_survives() {
        for hue in 0..360 {
            let shown = super::super::state::hue_on_wire(hue);
            assert_eq!(degrees(shown).unwrap(), i64::from(hue));
        }
        assert_eq!(degrees(Number::from(100)).unwrap(), 0);
        assert!(degrees(Number::parse("100.01").unwrap()).is_err());
    }
}
