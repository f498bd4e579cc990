import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

const NARROW = '(max-width: 760px)';

/** Whether there is room for a phone's columns only. */
export function useNarrow(): boolean {
  const narrow = useSignal(matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const look = (): void => void (narrow.value = query.matches);
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, []);
  return narrow.value;
}
