import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Finding } from '../shared/finding.ts';
import type { Store } from './storage.ts';

export type Permission = 'unsupported' | 'default' | 'granted' | 'denied';

/** System notifications and a sound: asked for by a person, raised for alerts. */
export interface Notifier {
  readonly permission: ReadonlySignal<Permission>;
  readonly sound: Signal<boolean>;
  ask(): void;
  /** Shows an alert where permitted; a click on it opens the run. */
  raise(finding: Pick<Finding, 'id' | 'title' | 'advice'>, runName: string, open: () => void): void;
  /** Two short tones. */
  play(): void;
}

const SOUND = 'tidemark.sound';

export function createNotifier(store: Store): Notifier {
  const supported = 'Notification' in globalThis && isSecureContext;
  const permission = signal<Permission>(supported ? Notification.permission : 'unsupported');
  const sound = signal(store.getItem(SOUND) === 'on');
  sound.subscribe((on) => store.setItem(SOUND, on ? 'on' : 'off'));
  const notifier: Notifier = {
    permission,
    sound,
    ask: () => {
      if (supported) void Notification.requestPermission().then((answer) => (permission.value = answer));
    },
    play: () => {
      try {
        const audio = new AudioContext();
        [660, 880].forEach((pitch, i) => tone(audio, pitch, audio.currentTime + i * 0.18));
        setTimeout(() => void audio.close(), 1_000);
      } catch {
        // No sound device: the alert is on the page all the same.
      }
    },
    raise: ({ id, title, advice }, runName, open) => {
      if (sound.peek()) notifier.play();
      if (!supported || Notification.permission !== 'granted') return;
      try {
        // The tag makes several open pages raise one notification.
        const shown = new Notification(`${runName}: ${title}`, { body: advice.at(0) ?? '', tag: id });
        shown.onclick = () => {
          focus();
          open();
          shown.close();
        };
      } catch {
        // Phones allow notifications to service workers only; the banner on the page has said it.
        permission.value = 'unsupported';
      }
    },
  };
  return notifier;
}

function tone(audio: AudioContext, pitch: number, at: number): void {
  const [oscillator, gain] = [audio.createOscillator(), audio.createGain()];
  oscillator.frequency.value = pitch;
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(0.12, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.16);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.17);
}
