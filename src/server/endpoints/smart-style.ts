import type { Endpoint } from '../endpoint.ts';
import { json } from '../responses.ts';

/** What apps in the EHR are to look like ("Styling", `smart_style_url`). */
export function smartStyleEndpoint(): Endpoint {
  return {
    name: 'smart-style',
    // A change of the style takes a new address: documents may be kept.
    paths: ['/styles/1.json'],
    methods: { GET: () => json(style, { headers: { 'cache-control': 'public, max-age=3600' } }) },
    refuse: (status, text) => json({ error: text }, { status }),
  };
}

const style = {
  color_background: '#ffffff',
  color_error: '#b3261e',
  color_highlight: '#0b57d0',
  color_modal_backdrop: 'rgba(0, 0, 0, 0.4)',
  color_success: '#146c2e',
  color_text: '#1b2733',
  dim_border_radius: '6px',
  dim_font_size: '13px',
  dim_spacing_size: '20px',
  font_family_body: 'system-ui, sans-serif',
  font_family_heading: 'system-ui, sans-serif',
};
