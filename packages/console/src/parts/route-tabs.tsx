import { Tabs } from '@mantine/core';
import { Outlet } from '@tanstack/react-router';

interface RouteTabsProps<Tab extends string> {
  label: string;
  tabs: readonly (readonly [Tab, string])[];
  current: Tab;
  onSelect: (tab: Tab) => void;
}

/** Tabs whose panels are child routes, so that each has an address. */
export function RouteTabs<Tab extends string>({ label, tabs, current, onSelect }: RouteTabsProps<Tab>) {
  const select = (value: string | null) => {
    const tab = tabs.find(([name]) => name === value)?.[0];
    if (tab !== undefined) onSelect(tab);
  };
  return (
    <Tabs value={current} onChange={select} keepMounted={false}>
      <Tabs.List aria-label={label} mb="lg" className="kw-tabs">
        {tabs.map(([value, text]) => (
          <Tabs.Tab key={value} value={value}>
            {text}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(([value]) => (
        <Tabs.Panel key={value} value={value}>
          <Outlet />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
