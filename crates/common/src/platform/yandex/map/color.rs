//! Colors in Yandex's terms. Whole numbers throughout: nothing drifts.

use crate::model::{Color, Device, Number, Range, State, Trait};
use crate::platform::yandex::wire::{Hsv, KelvinBounds};

/// The range of color temperature in whole kelvins inside what is declared; `None` if there is no whole one.
pub(super) fn kelvin_bounds(device: &Device) -> Option<KelvinBounds> {
    let range = device.range(Trait::ColorTemperature)?;
    let min = u32::try_from(Number::new(range.min?.decimal().ceil())?.round()).ok()?;
    let max = u32::try_from(Number::new(range.max?.decimal().floor())?.round()).ok()?;
    (min <= max).then_some(KelvinBounds { min, max })
}

/// A color temperature as a whole number that is inside what discovery says.
pub(super) fn kelvin(device: &Device, value: Number) -> Option<u32> {
    let bounds = kelvin_bounds(device)?;
    let inside = Range { min: Some(i64::from(bounds.min).into()), max: Some(i64::from(bounds.max).into()), step: None };
    u32::try_from(inside.clamp(value.round().into()).round()).ok()
}

/// A color with the brightness of the device as its value, 100 when there is none.
pub(super) fn hsv(device: &Device, state: &State, color: Color) -> Hsv {
    let brightness = state.known(device, Trait::Brightness).and_then(|value| value.as_number());
    let v = brightness.and_then(|number| u8::try_from(number.round()).ok()).unwrap_or(100);
    Hsv { h: color.hue(), s: color.saturation(), v }
}

/// HSV to 0xRRGGBB, each channel rounded to 8 bits.
pub(super) fn rgb(color: Hsv) -> u32 {
    let (h, s, v) = (u32::from(color.h), u32::from(color.s), u32::from(color.v));
    let channel = |sixths: u32| {
        let k = (sixths * 60 + h) % 360;
        // How much of the saturation is taken from this channel, in sixtieths.
        let away = k.min(240_u32.saturating_sub(k)).min(60);
        let (numerator, denominator) = (255 * v * (6000 - s * away), 600_000);
        (2 * numerator + denominator) / (2 * denominator)
    };
    channel(5) << 16 | channel(3) << 8 | channel(1)
}

/// 0xRRGGBB to HSV in whole numbers; black has value 0.
///
/// Where the rounded result would be another RGB again while a neighbour is this one, it is the neighbour: what we are
/// sent is what we say afterwards.
pub(super) fn from_rgb(rgb_value: u32) -> Hsv {
    let nearest = nearest_hsv(rgb_value);
    if rgb(nearest) == rgb_value {
        return nearest;
    }
    let hues = [0, 1, 359].map(|turn| (nearest.h + turn) % 360);
    let saturations = [nearest.s, nearest.s.saturating_sub(1), (nearest.s + 1).min(100)];
    let mut neighbours = hues.iter().flat_map(|h| saturations.map(|s| Hsv { h: *h, s, v: nearest.v }));
    neighbours.find(|hsv| rgb(*hsv) == rgb_value).unwrap_or(nearest)
}

fn nearest_hsv(rgb: u32) -> Hsv {
    let channel = |shift: u32| i64::from(rgb >> shift & 0xFF);
    let (r, g, b) = (channel(16), channel(8), channel(0));
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    let delta = max - min;
    let rounded = |numerator: i64, denominator: i64| (2 * numerator + denominator).div_euclid(2 * denominator);
    let percent = |numerator, denominator| u8::try_from(rounded(100 * numerator, denominator)).unwrap_or(100);
    let v = percent(max, 255);
    if delta == 0 {
        return Hsv { h: 0, s: 0, v };
    }
    let sixths = match max {
        _ if max == r => 60 * (g - b),
        _ if max == g => 60 * (b - r) + 120 * delta,
        _ => 60 * (r - g) + 240 * delta,
    };
    let h = u16::try_from(rounded(sixths, delta).rem_euclid(360)).unwrap_or_default();
    Hsv { h, s: percent(delta, max), v }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colors() {
        for (h, s, v, value) in [
            (210, 80, 40, 0x14_3D_66),
            (0, 100, 100, 0xFF_00_00),
            (120, 100, 100, 0x00_FF_00),
            (240, 100, 100, 0x00_00_FF),
            (30, 100, 50, 0x80_40_00),
            (359, 100, 100, 0xFF_00_04),
            (0, 0, 100, 0xFF_FF_FF),
        ] {
            assert_eq!(rgb(Hsv { h, s, v }), value, "{h} {s} {v}");
            assert_eq!(from_rgb(value), Hsv { h, s, v }, "{value:06x}");
        }
        assert_eq!(from_rgb(0), Hsv { h: 0, s: 0, v: 0 });
    }

    #[test]
    fn every_color_that_we_say_comes_back_as_the_same() {
        for v in 0..=100 {
            for s in 0..=100 {
                for h in (0..360).step_by(7) {
                    let value = rgb(Hsv { h, s, v });
                    let back = from_rgb(value);
                    assert_eq!((rgb(back), back.v), (value, v), "{h} {s} {v}");
                }
            }
        }
    }
}
